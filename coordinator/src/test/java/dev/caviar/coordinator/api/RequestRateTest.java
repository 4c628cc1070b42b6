package dev.caviar.coordinator.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class RequestRateTest {
  @Test
  void eachAddressHasItsOwnShareOfEachSecond() throws Exception {
    RequestRate rate = new RequestRate(10);
    InetAddress one = InetAddress.getByAddress(new byte[] {10, 0, 0, 1});
    InetAddress other = InetAddress.getByAddress(new byte[] {10, 0, 0, 2});

    int admitted = 0;
    for (int i = 0; i < 100; i++) {
      admitted += rate.admits(one) ? 1 : 0;
    }

    // A new second may have begun meanwhile.
    assertThat(admitted).isBetween(10, 20);
    assertThat(rate.admits(other)).isTrue();
    Thread.sleep(1_000);
    assertThat(rate.admits(one)).isTrue();
  }
}
