package dev.caviar.coordinator.store;

class MemoryCurveStoreTest extends CurveStoreContract {
  private final CurveStore store = new MemoryCurveStore();

  @Override
  CurveStore store() {
    return store;
  }
}
