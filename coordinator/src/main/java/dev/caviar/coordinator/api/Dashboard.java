package dev.caviar.coordinator.api;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ServerCacheControl;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.file.FileService;
import com.linecorp.armeria.server.file.HttpFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * The pages that show sweeps to people: {@code /}, and its modules and libraries under {@code
 * /dashboard/}. They are the same for everybody and hold no data, so they need no token; what they
 * show they ask of the API, with the token of whoever looks.
 *
 * <p>A browser is told to run nothing that does not come from here, to ask nobody else, and to let
 * no other site frame the pages.
 */
final class Dashboard {
  static final String CONTENT_SECURITY_POLICY =
      "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
          + " form-action 'none'; frame-ancestors 'none'";

  private static final String FOLDER = "dev/caviar/dashboard";

  private Dashboard() {}

  static void route(ServerBuilder builder) {
    ClassLoader resources = Dashboard.class.getClassLoader();
    HttpService files =
        FileService.builder(resources, FOLDER).cacheControl(ServerCacheControl.REVALIDATED).build();
    builder.service("/", shielded(file(resources, FOLDER + "/index.html")));
    builder.serviceUnder("/dashboard/", shielded(files));
    builder.service("/dashboard/lib/d3.js", shielded(library(resources, "d3", "dist/d3.min.js")));
    builder.service(
        "/dashboard/lib/lit-html.js", shielded(library(resources, "lit-html", "lit-html.js")));
    // Browsers ask for it unasked; the page names its icon.
    builder.service(
        "/favicon.ico",
        (context, request) ->
            HttpResponse.of(HttpStatus.NOT_FOUND, MediaType.PLAIN_TEXT_UTF_8, "none\n"));
  }

  private static HttpService library(ClassLoader resources, String name, String path) {
    return file(
        resources,
        "META-INF/resources/webjars/%s/%s/%s".formatted(name, version(resources, name), path));
  }

  private static HttpService file(ClassLoader resources, String path) {
    return HttpFile.builder(resources, path)
        .cacheControl(ServerCacheControl.REVALIDATED)
        .build()
        .asService();
  }

  /** As the build took it, so that it is named in the build only. */
  private static String version(ClassLoader resources, String name) {
    String path = "META-INF/maven/org.webjars.npm/%s/pom.properties".formatted(name);
    try (InputStream properties = resources.getResourceAsStream(path)) {
      if (properties == null) {
        throw new IllegalStateException("the class path has no " + path);
      }
      Properties read = new Properties();
      read.load(properties);
      return read.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HttpService shielded(HttpService service) {
    return service.decorate(
        (next, context, request) -> {
          context.mutateAdditionalResponseHeaders(
              headers ->
                  headers
                      .set(HttpHeaderNames.CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)
                      .set(HttpHeaderNames.X_CONTENT_TYPE_OPTIONS, "nosniff")
                      .set(HttpHeaderNames.X_FRAME_OPTIONS, "DENY")
                      .set(HttpHeaderNames.REFERRER_POLICY, "no-referrer"));
          return next.serve(context, request);
        });
  }
}
