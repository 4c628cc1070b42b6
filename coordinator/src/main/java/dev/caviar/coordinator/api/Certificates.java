package dev.caviar.coordinator.api;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.IPAddress;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;
import org.jspecify.annotations.Nullable;

/**
 * Makes all that a cluster needs to know its own: an authority, a certificate for coordinators and
 * one for workers, and a token for each role. It is a beginning for those who have no authority of
 * their own; whoever has {@code ca-key.pem} can be anybody.
 */
public final class Certificates {
  /** How long all certificates are good. */
  public static final Period VALIDITY = Period.ofYears(1);

  /** The authority's certificate, which everybody has. */
  public static final String AUTHORITY = "ca.pem";

  /** The authority's key, which no process needs. */
  public static final String AUTHORITY_KEY = "ca-key.pem";

  public static final String COORDINATOR = "coordinator.pem";
  public static final String COORDINATOR_KEY = "coordinator-key.pem";
  public static final String WORKER = "worker.pem";
  public static final String WORKER_KEY = "worker-key.pem";

  /** Both tokens with their roles, for coordinators. */
  public static final String TOKENS = "tokens";

  /** A token alone, for a client. */
  public static final String OPERATOR_TOKEN = "operator-token";

  /** A token alone, for a client that only reads. */
  public static final String VIEWER_TOKEN = "viewer-token";

  private static final List<String> FILES =
      List.of(
          AUTHORITY,
          AUTHORITY_KEY,
          COORDINATOR,
          COORDINATOR_KEY,
          WORKER,
          WORKER_KEY,
          TOKENS,
          OPERATOR_TOKEN,
          VIEWER_TOKEN);

  private static final List<String> LOCAL = List.of("localhost", "127.0.0.1");
  private static final int TOKEN_BYTES = 32;

  /** Clocks differ: a certificate is good from a little before it was made. */
  private static final Duration CLOCKS = Duration.ofMinutes(5);

  private final SecureRandom random = new SecureRandom();
  private final Path folder;
  private final Instant now = Instant.now();
  private final List<Path> written = new ArrayList<>();

  private Certificates(Path folder) {
    this.folder = folder;
  }

  private record Party(X500Name name, KeyPair keys, @Nullable X509Certificate certificate) {}

  /**
   * Makes a set. Keys and tokens are readable by their owner alone, where the file system knows
   * owners.
   *
   * @param folder made if it is not there
   * @param hosts names and addresses that coordinators are reached by, besides this machine's own
   * @return the files made
   * @throws FileAlreadyExistsException if one of the files is there already; then none is changed
   * @throws IOException if they cannot be written
   * @throws IllegalArgumentException if a host cannot be one
   */
  public static List<Path> create(Path folder, List<String> hosts) throws IOException {
    Set<String> all = new LinkedHashSet<>(hosts);
    all.addAll(LOCAL);
    GeneralNames names =
        new GeneralNames(all.stream().map(Certificates::name).toArray(GeneralName[]::new));
    for (String name : FILES) {
      if (Files.exists(folder.resolve(name))) {
        throw new FileAlreadyExistsException(
            folder.resolve(name).toString(),
            null,
            "is there already; a set that is in use is not overwritten: choose another folder, or"
                + " move these files away");
      }
    }
    Files.createDirectories(folder);
    Certificates set = new Certificates(folder);
    try {
      set.write(names);
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("this Java cannot make certificates: " + e.getMessage(), e);
    }
    return List.copyOf(set.written);
  }

  private static GeneralName name(String host) {
    if (IPAddress.isValid(host)) {
      return new GeneralName(GeneralName.iPAddress, host);
    }
    if (host.matches("[A-Za-z0-9*]([A-Za-z0-9.-]*[A-Za-z0-9])?")) {
      return new GeneralName(GeneralName.dNSName, host);
    }
    throw new IllegalArgumentException(
        "'" + host + "' is neither a host's name nor an address, which go without a port");
  }

  private void write(GeneralNames names)
      throws IOException, GeneralSecurityException, OperatorCreationException {
    Party authority = authority();
    certificate(authority, AUTHORITY, AUTHORITY_KEY);
    certificate(
        signed(
            "Caviar coordinator",
            rsaKeys(),
            names,
            authority,
            KeyPurposeId.id_kp_serverAuth,
            KeyPurposeId.id_kp_clientAuth),
        COORDINATOR,
        COORDINATOR_KEY);
    // Good for nothing but to dial in, so that a worker cannot pose as a coordinator.
    certificate(
        signed("Caviar worker", keys(), null, authority, KeyPurposeId.id_kp_clientAuth),
        WORKER,
        WORKER_KEY);
    String operator = token();
    String viewer = token();
    write(
        TOKENS,
        "# ROLE TOKEN: operators do all, viewers read. Read again when it changes.\n"
            + "operator "
            + operator
            + "\nviewer "
            + viewer
            + "\n",
        true);
    write(OPERATOR_TOKEN, operator + "\n", true);
    write(VIEWER_TOKEN, viewer + "\n", true);
  }

  private Party authority()
      throws IOException, GeneralSecurityException, OperatorCreationException {
    // A name of its own for each, so that two sets are not taken for one.
    String id = new BigInteger(32, random).toString(16);
    Party self = new Party(new X500Name("CN=Caviar authority " + id), keys(), null);
    X509v3CertificateBuilder builder =
        builder(self, self)
            .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
            .addExtension(
                Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    return new Party(self.name(), self.keys(), sign(builder, self));
  }

  private Party signed(
      String commonName,
      KeyPair keys,
      @Nullable GeneralNames names,
      Party authority,
      KeyPurposeId... purposes)
      throws IOException, GeneralSecurityException, OperatorCreationException {
    Party self = new Party(new X500Name("CN=" + commonName), keys, null);
    X509v3CertificateBuilder builder =
        builder(self, authority)
            .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
            .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
            .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
    if (names != null) {
      builder.addExtension(Extension.subjectAlternativeName, false, names);
    }
    return new Party(self.name(), self.keys(), sign(builder, authority));
  }

  private X509v3CertificateBuilder builder(Party subject, Party issuer)
      throws CertIOException, GeneralSecurityException {
    JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
    return new JcaX509v3CertificateBuilder(
            issuer.name(),
            new BigInteger(127, random).add(BigInteger.ONE),
            Date.from(now.minus(CLOCKS)),
            Date.from(now.atOffset(ZoneOffset.UTC).plus(VALIDITY).toInstant()),
            subject.name(),
            subject.keys().getPublic())
        .addExtension(
            Extension.subjectKeyIdentifier,
            false,
            extensions.createSubjectKeyIdentifier(subject.keys().getPublic()))
        .addExtension(
            Extension.authorityKeyIdentifier,
            false,
            extensions.createAuthorityKeyIdentifier(issuer.keys().getPublic()));
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, Party issuer)
      throws GeneralSecurityException, OperatorCreationException {
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(
                new JcaContentSignerBuilder("SHA256withECDSA").build(issuer.keys().getPrivate())));
  }

  /** RSA, because Akka's TLS between coordinators reads no others. */
  private KeyPair rsaKeys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(3072, random);
    return generator.generateKeyPair();
  }

  private KeyPair keys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), random);
    return generator.generateKeyPair();
  }

  private String token() {
    byte[] bytes = new byte[TOKEN_BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private void certificate(Party party, String file, String keyFile)
      throws IOException, GeneralSecurityException {
    X509Certificate certificate = party.certificate();
    if (certificate == null) {
      throw new IllegalStateException("not signed: " + party.name());
    }
    write(file, pem("CERTIFICATE", certificate.getEncoded()), false);
    // Java's own encoding of a private key is PKCS #8.
    write(keyFile, pem("PRIVATE KEY", party.keys().getPrivate().getEncoded()), true);
  }

  private static String pem(String type, byte[] bytes) {
    StringWriter text = new StringWriter();
    try (PemWriter writer = new PemWriter(text)) {
      writer.writeObject(new PemObject(type, bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private void write(String name, String text, boolean secret) throws IOException {
    Path file = folder.resolve(name);
    // Never readable by others, not even for a moment.
    boolean owners = Files.getFileStore(folder).supportsFileAttributeView("posix");
    FileAttribute<?>[] attributes =
        secret && owners
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    Files.createFile(file, attributes);
    OpenOption[] options = {StandardOpenOption.WRITE};
    Files.writeString(file, text, options);
    written.add(file);
  }
}
