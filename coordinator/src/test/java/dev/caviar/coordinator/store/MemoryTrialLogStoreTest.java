package dev.caviar.coordinator.store;

class MemoryTrialLogStoreTest extends TrialLogStoreContract {
  private final TrialLogStore store = new MemoryTrialLogStore();

  @Override
  TrialLogStore store() {
    return store;
  }
}
