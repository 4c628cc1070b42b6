package dev.caviar.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may know whom. It stands in this module because this module sees all the others. */
@AnalyzeClasses(packages = "dev.caviar", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule arithmeticAndSearchKnowNoActors =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.caviar.worker.network..",
              "dev.caviar.worker.backend..",
              "dev.caviar.worker.data..",
              "dev.caviar.worker.model..",
              "dev.caviar.coordinator.space..",
              "dev.caviar.coordinator.search..",
              "dev.caviar.coordinator.importance..",
              "dev.caviar.coordinator.insight..",
              "dev.caviar.coordinator.retest..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("akka..");

  @ArchTest
  static final ArchRule workerKnowsTheCoordinatorOnlyThroughProto =
      noClasses()
          .that()
          .resideInAPackage("dev.caviar.worker..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.caviar.coordinator..");

  @ArchTest
  static final ArchRule coordinatorKnowsWorkersOnlyThroughProto =
      noClasses()
          .that()
          .resideInAPackage("dev.caviar.coordinator..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.caviar.worker..");

  @ArchTest
  static final ArchRule nothingKnowsTheCommandLine =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.caviar.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.caviar.cli..");

  @ArchTest
  static final ArchRule theNetworkIsPlainCode =
      noClasses()
          .that()
          .resideInAPackage("dev.caviar.worker.network..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.caviar.proto..", "dev.caviar.worker.backend..", "org.nd4j..", "java.nio.file..");

  @ArchTest
  static final ArchRule nd4jStaysBehindItsBackend =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.caviar.worker.backend..", "dev.caviar.bench..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.nd4j..");

  @ArchTest
  static final ArchRule workerPackagesHaveNoCycles =
      slices().matching("dev.caviar.worker.(*)..").should().beFreeOfCycles();
}
