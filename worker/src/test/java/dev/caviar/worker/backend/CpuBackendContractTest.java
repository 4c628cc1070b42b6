package dev.caviar.worker.backend;

class CpuBackendContractTest extends BackendContract {
  CpuBackendContractTest() {
    super(new CpuBackend());
  }
}
