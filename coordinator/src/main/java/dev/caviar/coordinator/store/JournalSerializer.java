package dev.caviar.coordinator.store;

import akka.serialization.SerializerWithStringManifest;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.caviar.coordinator.CoordinatorEvent;
import dev.caviar.coordinator.sweep.SweepEvent;
import dev.caviar.proto.v1.CoordinatorJournalEvent;
import dev.caviar.proto.v1.CoordinatorSnapshot;
import dev.caviar.proto.v1.PandaJournalEvent;
import dev.caviar.proto.v1.PandaSnapshot;
import dev.caviar.proto.v1.SweepJournalEvent;
import dev.caviar.proto.v1.SweepSnapshot;
import java.io.NotSerializableException;

/**
 * Events and snapshots as bytes, by the messages of journal.proto. Bound in this module's
 * reference.conf; what is not one of its types has no serializer, since Java's is off.
 *
 * <p>A manifest names the message; its number is raised, and the old one still read, where the
 * message cannot be extended.
 */
public final class JournalSerializer extends SerializerWithStringManifest {
  static final String SWEEP_EVENT = "sweep-event-1";
  static final String COORDINATOR_EVENT = "coordinator-event-1";
  static final String PANDA_EVENT = "panda-event-1";
  static final String SWEEP_SNAPSHOT = "sweep-snapshot-1";
  static final String COORDINATOR_SNAPSHOT = "coordinator-snapshot-1";
  static final String PANDA_SNAPSHOT = "panda-snapshot-1";

  // In every row of every journal: never another.
  private static final int IDENTIFIER = 20_261_101;

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object o) {
    return switch (o) {
      case SweepEvent _ -> SWEEP_EVENT;
      case CoordinatorEvent _ -> COORDINATOR_EVENT;
      case PandaJournalEvent _ -> PANDA_EVENT;
      case SweepSnapshot _ -> SWEEP_SNAPSHOT;
      case CoordinatorSnapshot _ -> COORDINATOR_SNAPSHOT;
      case PandaSnapshot _ -> PANDA_SNAPSHOT;
      default -> throw notOurs(o);
    };
  }

  @Override
  public byte[] toBinary(Object o) {
    return switch (o) {
      case SweepEvent event -> JournalMessages.message(event).toByteArray();
      case CoordinatorEvent event -> JournalMessages.message(event).toByteArray();
      case PandaJournalEvent event -> event.toByteArray();
      case SweepSnapshot snapshot -> snapshot.toByteArray();
      case CoordinatorSnapshot snapshot -> snapshot.toByteArray();
      case PandaSnapshot snapshot -> snapshot.toByteArray();
      default -> throw notOurs(o);
    };
  }

  private static IllegalArgumentException notOurs(Object o) {
    return new IllegalArgumentException(
        "the journal keeps events of sweeps, pandas and the coordinator and their snapshots, not a "
            + o.getClass().getName());
  }

  /**
   * @throws NotSerializableException if this Caviar does not know what the bytes say: they are a
   *     newer one's, or damaged
   */
  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    try {
      return switch (manifest) {
        case SWEEP_EVENT -> JournalMessages.event(SweepJournalEvent.parseFrom(bytes));
        case COORDINATOR_EVENT -> JournalMessages.event(CoordinatorJournalEvent.parseFrom(bytes));
        case PANDA_EVENT -> JournalMessages.known(PandaJournalEvent.parseFrom(bytes));
        case SWEEP_SNAPSHOT -> SweepSnapshot.parseFrom(bytes);
        case COORDINATOR_SNAPSHOT -> CoordinatorSnapshot.parseFrom(bytes);
        case PANDA_SNAPSHOT -> PandaSnapshot.parseFrom(bytes);
        default -> throw new JournalMessages.UnknownRecordException("a record '" + manifest + "'");
      };
    } catch (JournalMessages.UnknownRecordException e) {
      throw unreadable("The journal holds " + e.getMessage(), e);
    } catch (InvalidProtocolBufferException e) {
      throw unreadable(
          "The journal holds a record '%s' of %d bytes that is damaged: %s. Restore the store from a backup"
              .formatted(manifest, bytes.length, e.getMessage()),
          e);
    }
  }

  private static NotSerializableException unreadable(String message, Exception cause) {
    NotSerializableException exception = new NotSerializableException(message);
    exception.initCause(cause);
    return exception;
  }
}
