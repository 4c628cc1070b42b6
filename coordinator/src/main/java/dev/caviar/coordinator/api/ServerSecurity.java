package dev.caviar.coordinator.api;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.common.grpc.GrpcSerializationFormats;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.caviar.coordinator.api.Tokens.Role;
import dev.caviar.proto.v1.InsightServiceGrpc;
import dev.caviar.proto.v1.PandaServiceGrpc;
import dev.caviar.proto.v1.SweepServiceGrpc;
import dev.caviar.proto.v1.WorkerServiceGrpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.health.v1.HealthGrpc;
import io.netty.handler.ssl.ClientAuth;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Who is let in. Clients show a token, whose role says what they may do; workers show a certificate
 * that the authority has signed. Health needs neither. Whatever is not named here needs an
 * operator's token.
 */
public final class ServerSecurity {
  private static final String BEARER = "Bearer ";
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final String WORKERS_PATH = "/" + WorkerServiceGrpc.SERVICE_NAME + "/";
  private static final String REFLECTION = "grpc.reflection.";

  /** Methods that change nothing. */
  private static final Set<String> READING =
      Stream.of(
              SweepServiceGrpc.getListSweepsMethod(),
              SweepServiceGrpc.getGetSweepMethod(),
              SweepServiceGrpc.getWatchSweepMethod(),
              SweepServiceGrpc.getPollSweepMethod(),
              SweepServiceGrpc.getExportSweepMethod(),
              SweepServiceGrpc.getGetBestModelMethod(),
              SweepServiceGrpc.getListWorkersMethod(),
              PandaServiceGrpc.getListPandasMethod(),
              PandaServiceGrpc.getGetPandaMethod(),
              PandaServiceGrpc.getWatchPandaMethod(),
              PandaServiceGrpc.getPollPandaMethod(),
              PandaServiceGrpc.getGetPandaCurveMethod(),
              PandaServiceGrpc.getGetPandaCheckpointMethod())
          .map(MethodDescriptor::getFullMethodName)
          .collect(Collectors.toUnmodifiableSet());

  private final ApiSettings settings;
  private final @Nullable Tokens tokens;
  private final RequestRate rate;

  private ServerSecurity(ApiSettings settings, @Nullable Tokens tokens) {
    this.settings = settings;
    this.tokens = tokens;
    this.rate = new RequestRate(settings.mostRequestsPerSecond());
  }

  /**
   * What the settings ask for.
   *
   * @throws IllegalArgumentException if the port would be open to a network without TLS and tokens,
   *     and nobody said that it shall be; or if the tokens, the certificate, its key or the
   *     authority cannot be read
   */
  public static ServerSecurity of(ApiSettings settings) {
    boolean secured = settings.tls() != null && settings.tokensFile() != null;
    if (!secured && !settings.insecure() && !isLoopback(settings.bind())) {
      throw new IllegalArgumentException(
          "listening on "
              + settings.bind()
              + ", beyond this machine, needs TLS and a tokens file (`caviar certs init` makes"
              + " them for trying out), or --insecure where the network is trusted");
    }
    ApiSettings.Tls tls = settings.tls();
    if (tls != null) {
      readable(tls.certificate(), "certificate");
      readable(tls.key(), "key");
      readable(tls.authority(), "authority");
      keyPair(tls);
    }
    Path tokensFile = settings.tokensFile();
    return new ServerSecurity(settings, tokensFile == null ? null : Tokens.read(tokensFile));
  }

  private static void readable(Path file, String what) {
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException(
          "caviar.coordinator.tls." + what + ": " + file + " cannot be read, or is not there");
    }
  }

  private static TlsKeyPair keyPair(ApiSettings.Tls tls) {
    try {
      return TlsKeyPair.of(tls.key().toFile(), tls.certificate().toFile());
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "the certificate "
              + tls.certificate()
              + " and the key "
              + tls.key()
              + " cannot be used; they are PEM, the key PKCS #8: "
              + e.getMessage(),
          e);
    }
  }

  /**
   * For TLS between coordinators, which Akka reads with RSA keys alone.
   *
   * @throws IllegalArgumentException if the key is of another kind
   */
  public static void requireRsaKey(ApiSettings.Tls tls) {
    String algorithm = keyPair(tls).privateKey().getAlgorithm();
    if (!algorithm.equals("RSA")) {
      throw new IllegalArgumentException(
          "caviar.coordinator.tls.key: "
              + tls.key()
              + " is a key for "
              + algorithm
              + ", and coordinators that reach each other need one for RSA; `caviar certs init`"
              + " makes such a one");
    }
  }

  /** Whether only this machine reaches what listens there. */
  public static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("there is no address " + host + " to listen on", e);
    }
  }

  /** TLS, and limits for all that is not a worker's. */
  void apply(ServerBuilder builder) {
    ApiSettings.Tls tls = settings.tls();
    if (tls != null) {
      builder.tls(keyPair(tls));
      // Clients have tokens instead: a certificate is asked for, and must be good if there is one.
      builder.tlsCustomizer(
          context ->
              context.clientAuth(ClientAuth.OPTIONAL).trustManager(tls.authority().toFile()));
    }
    builder.decorator(this::limit);
  }

  private HttpResponse limit(HttpService next, ServiceRequestContext context, HttpRequest request)
      throws Exception {
    if (context.path().startsWith(WORKERS_PATH)) {
      return next.serve(context, request);
    }
    // Not what a proxy says: anybody can say anything.
    if (!rate.admits(context.remoteAddress().getAddress())) {
      return refuse(
          request,
          Status.RESOURCE_EXHAUSTED.withDescription(
              "more than "
                  + settings.mostRequestsPerSecond()
                  + " requests in a second from this address; wait a second, or let the coordinator"
                  + " take more by caviar.coordinator.most-requests-per-second"),
          HttpStatus.TOO_MANY_REQUESTS);
    }
    if (!isGrpc(request)) {
      // It is read whole; gRPC's messages have a limit of their own.
      context.setMaxRequestLength(ApiServer.MOST_MESSAGE_BYTES);
    }
    return next.serve(context, request);
  }

  /** Admits those with a token of at least this role to something that is not gRPC. */
  HttpService guard(Role needed, HttpService service) {
    return (context, request) -> {
      Status refusal =
          refusal(request.headers().get(HttpHeaderNames.AUTHORIZATION), needed, "this");
      if (refusal == null) {
        return service.serve(context, request);
      }
      return refuse(
          request,
          refusal,
          refusal.getCode() == Status.Code.UNAUTHENTICATED
              ? HttpStatus.UNAUTHORIZED
              : HttpStatus.FORBIDDEN);
    };
  }

  /**
   * Tells clients what they may do: {@code {"role":"viewer","tokens":true}}, the role empty where
   * they have shown no token that is known. Without a tokens file everybody is an operator.
   */
  HttpService access() {
    return (context, request) -> {
      Role role =
          tokens == null
              ? Role.OPERATOR
              : tokens.role(bearer(request.headers().get(HttpHeaderNames.AUTHORIZATION)));
      return HttpResponse.of(
          HttpStatus.OK,
          MediaType.JSON_UTF_8,
          "{\"role\":\"%s\",\"tokens\":%s}\n"
              .formatted(role == null ? "" : role.text(), tokens != null));
    };
  }

  /** Admits to gRPC's methods, and to what is JSON outside, those that may call them. */
  ServerInterceptor interceptor() {
    return new Doorkeeper();
  }

  private final class Doorkeeper implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      Status refusal = refusal(call.getMethodDescriptor(), headers);
      if (refusal == null) {
        return next.startCall(call, headers);
      }
      call.close(refusal, new Metadata());
      return new ServerCall.Listener<>() {};
    }
  }

  private @Nullable Status refusal(MethodDescriptor<?, ?> method, Metadata headers) {
    String service = String.valueOf(method.getServiceName());
    if (service.equals(HealthGrpc.SERVICE_NAME)) {
      return null;
    }
    if (service.equals(WorkerServiceGrpc.SERVICE_NAME)) {
      return settings.tls() == null || showsCertificate()
          ? null
          : Status.UNAUTHENTICATED.withDescription(
              "a worker shows a certificate, signed by the coordinators' authority; this one has"
                  + " shown none (caviar.worker.tls)");
    }
    boolean reads =
        READING.contains(method.getFullMethodName())
            || service.equals(InsightServiceGrpc.SERVICE_NAME)
            || service.startsWith(REFLECTION);
    return refusal(
        headers.get(AUTHORIZATION),
        reads ? Role.VIEWER : Role.OPERATOR,
        String.valueOf(method.getBareMethodName()));
  }

  /** TLS has checked it, if there is one. */
  private static boolean showsCertificate() {
    SSLSession session = ServiceRequestContext.current().sslSession();
    try {
      return session != null && session.getPeerCertificates().length > 0;
    } catch (SSLPeerUnverifiedException e) {
      return false;
    }
  }

  private @Nullable Status refusal(@Nullable String authorization, Role needed, String what) {
    if (tokens == null) {
      return null;
    }
    String token = bearer(authorization);
    if (token.isEmpty()) {
      return Status.UNAUTHENTICATED.withDescription(
          "a token is needed, in the header 'authorization: Bearer TOKEN'");
    }
    Role role = tokens.role(token);
    if (role == null) {
      return Status.UNAUTHENTICATED.withDescription(
          "the token is not known here; it may have been withdrawn");
    }
    if (!role.covers(needed)) {
      return Status.PERMISSION_DENIED.withDescription(
          "the token is a " + role.text() + "'s; " + what + " needs an " + needed.text() + "'s");
    }
    return null;
  }

  /** The token that a header shows; empty if there is none. */
  private static String bearer(@Nullable String authorization) {
    return authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? authorization.substring(BEARER.length()).strip()
        : "";
  }

  /** In the words of whoever asked. */
  static HttpResponse refuse(HttpRequest request, Status status, HttpStatus httpStatus) {
    String message = String.valueOf(status.getDescription());
    if (isGrpc(request)) {
      return HttpResponse.of(
          ResponseHeaders.builder(HttpStatus.OK)
              .contentType(GrpcSerializationFormats.PROTO.mediaType())
              .addInt("grpc-status", status.getCode().value())
              .add("grpc-message", message)
              .build());
    }
    // As Armeria writes those of gRPC's methods.
    return HttpResponse.of(
        httpStatus,
        MediaType.JSON_UTF_8,
        "{\"code\":%d,\"grpc-code\":\"%s\",\"message\":\"%s\"}"
            .formatted(status.getCode().value(), status.getCode(), message));
  }

  private static boolean isGrpc(HttpRequest request) {
    MediaType type = request.contentType();
    return type != null && type.subtype().startsWith("grpc");
  }
}
