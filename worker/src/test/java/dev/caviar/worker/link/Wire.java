package dev.caviar.worker.link;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A stretch of network between a worker and a coordinator, on loopback, that can go bad. */
final class Wire implements AutoCloseable {
  private final ServerSocket entrance;
  private final int exit;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  // Connections up to this one lead nowhere, though they stay open.
  private volatile int swallowed;

  /**
   * @param exit the port it leads to
   */
  Wire(int exit) throws IOException {
    this.exit = exit;
    this.entrance = new ServerSocket();
    entrance.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread.startVirtualThread(this::accept);
  }

  String address() {
    return "127.0.0.1:" + entrance.getLocalPort();
  }

  int connections() {
    return connections.get();
  }

  /**
   * From now on nothing comes through on connections there are, in either direction, as when a
   * firewall has forgotten them. New ones are good.
   */
  void swallow() {
    swallowed = connections.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket near = entrance.accept();
        Socket far = new Socket(InetAddress.getLoopbackAddress(), exit);
        sockets.add(near);
        sockets.add(far);
        int number = connections.incrementAndGet();
        Thread.startVirtualThread(() -> carry(number, near, far));
        Thread.startVirtualThread(() -> carry(number, far, near));
      }
    } catch (IOException closed) {
      // The test is over, or the far end is not there.
    }
  }

  private void carry(int number, Socket from, Socket to) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] bytes = new byte[1 << 16];
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
        if (number > swallowed) {
          out.write(bytes, 0, n);
        }
      }
    } catch (IOException closed) {
      // One end has gone, so both go.
    }
  }

  @Override
  public void close() throws IOException {
    entrance.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
