package dev.caviar.coordinator.api;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.SimpleDecoratingHttpService;
import org.jspecify.annotations.Nullable;

/**
 * Bounds requests that are not streams. JSON is read whole before anybody looks at it, at who sends
 * it included, so it must not be larger than a message. What gRPC frames is bounded frame by frame.
 */
final class WholeRequests extends SimpleDecoratingHttpService {
  private final long mostBytes;

  WholeRequests(HttpService delegate, long mostBytes) {
    super(delegate);
    this.mostBytes = mostBytes;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext context, HttpRequest request) throws Exception {
    @Nullable MediaType type = request.contentType();
    if (type == null || !type.subtype().startsWith("grpc")) {
      context.setMaxRequestLength(mostBytes);
    }
    return unwrap().serve(context, request);
  }
}
