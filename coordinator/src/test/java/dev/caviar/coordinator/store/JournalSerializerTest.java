package dev.caviar.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import com.google.protobuf.UnknownFieldSet;
import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.CoordinatorEvent;
import dev.caviar.coordinator.sweep.SweepEvent;
import dev.caviar.proto.v1.CoordinatorSnapshot;
import dev.caviar.proto.v1.SweepJournalEvent;
import dev.caviar.proto.v1.SweepSnapshot;
import dev.caviar.proto.v1.TrialState;
import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class JournalSerializerTest {
  private final JournalSerializer serializer = new JournalSerializer();

  @Property(tries = 2_000)
  void whatIsReadIsWhatWasWritten(@ForAll("events") Object event) throws Exception {
    Object read = serializer.fromBinary(serializer.toBinary(event), serializer.manifest(event));

    assertThat(read).isEqualTo(event);
    // A point's values come in the space's order, which equality of maps does not see.
    if (event instanceof SweepEvent.TrialSampled sampled) {
      assertThat(((SweepEvent.TrialSampled) read).point().values().keySet())
          .containsExactlyElementsOf(sampled.point().values().keySet());
    }
  }

  @Provide
  Arbitrary<Object> events() {
    List<Arbitrary<? extends Object>> all = new ArrayList<>();
    all.addAll(EventArbitraries.sweepEvents().values());
    all.addAll(EventArbitraries.coordinatorEvents().values());
    return Arbitraries.of(all).flatMap(kind -> kind.map(Object.class::cast));
  }

  @Test
  void everyKindOfEventIsGeneratedHere() {
    assertThat(EventArbitraries.sweepEvents().keySet())
        .isEqualTo(Set.of(SweepEvent.class.getPermittedSubclasses()));
    assertThat(EventArbitraries.coordinatorEvents().keySet())
        .isEqualTo(Set.of(CoordinatorEvent.class.getPermittedSubclasses()));
  }

  @Test
  void everyKindOfEventAndSnapshotIsBoundToTheSerializerAndNothingToJavas() throws Exception {
    ActorSystem<Void> system =
        ActorSystem.create(Behaviors.empty(), "serialization", ConfigFactory.load());
    try {
      Serialization serialization = SerializationExtension.get(system);
      List<Class<?>> stored = new ArrayList<>();
      stored.addAll(List.of(SweepEvent.class.getPermittedSubclasses()));
      stored.addAll(List.of(CoordinatorEvent.class.getPermittedSubclasses()));
      stored.add(SweepSnapshot.class);
      stored.add(CoordinatorSnapshot.class);

      for (Class<?> type : stored) {
        assertThat(serialization.serializerFor(type))
            .as(type.getName())
            .isInstanceOf(JournalSerializer.class);
      }
      assertThat(system.settings().config().getBoolean("akka.actor.allow-java-serialization"))
          .isFalse();
    } finally {
      system.terminate();
    }
  }

  @Test
  void anUnknownManifestIsRefused() {
    assertThatThrownBy(() -> serializer.fromBinary(new byte[0], "sweep-event-2"))
        .isInstanceOf(NotSerializableException.class)
        .hasMessage(
            "The journal holds a record 'sweep-event-2' that this version of Caviar does not know:"
                + " a newer one wrote it, or the store is damaged. Start the version that wrote it,"
                + " or a newer one");
  }

  @Test
  void anEventOfALaterVersionIsRefused() {
    byte[] later =
        SweepJournalEvent.newBuilder()
            .setUnknownFields(
                UnknownFieldSet.newBuilder()
                    .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                    .build())
            .build()
            .toByteArray();

    assertThatThrownBy(() -> serializer.fromBinary(later, JournalSerializer.SWEEP_EVENT))
        .isInstanceOf(NotSerializableException.class)
        .hasMessageContaining("an event of a sweep that this version of Caviar does not know");
  }

  @Test
  void aStateOfALaterVersionIsRefused() {
    SweepJournalEvent.Builder later = SweepJournalEvent.newBuilder();
    later.getTrialOverBuilder().setStateValue(77);
    byte[] bytes = later.build().toByteArray();

    assertThat(later.getTrialOver().getState()).isEqualTo(TrialState.UNRECOGNIZED);
    assertThatThrownBy(() -> serializer.fromBinary(bytes, JournalSerializer.SWEEP_EVENT))
        .isInstanceOf(NotSerializableException.class)
        .hasMessageContaining("a state of a trial");
  }

  @Test
  void damagedBytesAreRefused() {
    assertThatThrownBy(
            () -> serializer.fromBinary(new byte[] {-1, -1}, JournalSerializer.SWEEP_EVENT))
        .isInstanceOf(NotSerializableException.class)
        .hasMessageContaining("'sweep-event-1' of 2 bytes that is damaged");
  }

  @Test
  void anythingElseIsNotWritten() {
    assertThatThrownBy(() -> serializer.toBinary("text"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a java.lang.String");
  }
}
