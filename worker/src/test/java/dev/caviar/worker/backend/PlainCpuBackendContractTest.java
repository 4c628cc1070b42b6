package dev.caviar.worker.backend;

/** What is left of {@link CpuBackend} without OpenBLAS and the Vector API. */
class PlainCpuBackendContractTest extends BackendContract {
  PlainCpuBackendContractTest() {
    super(new CpuBackend(new PlainGemm(), new PlainLoops()));
  }
}
