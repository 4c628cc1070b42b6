package dev.caviar.coordinator.store;

class MemoryJournalTest extends JournalContract {
  @Override
  Stores open() {
    return Stores.memory();
  }

  @Override
  boolean outlivesItsSystem() {
    return false;
  }
}
