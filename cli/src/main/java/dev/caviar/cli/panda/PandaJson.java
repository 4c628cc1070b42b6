package dev.caviar.cli.panda;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.Json;
import dev.caviar.cli.results.Values;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.PandaBranch;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.PandaState;
import java.time.Instant;
import java.util.List;

/** A panda as {@code --output json} prints it; docs/cli.md names the keys. */
final class PandaJson {
  private PandaJson() {}

  /** As in {@code caviar panda list}. */
  static ObjectNode summary(PandaState panda) {
    ObjectNode node = Json.object();
    node.put("panda", panda.getPandaId());
    node.put("name", panda.getName());
    node.put("phase", PandaText.key(panda.getPhase()));
    node.put("reason", panda.getReason());
    time(node, "started", panda.getStartedAtMillis());
    node.put("worker", panda.getWorkerId());
    node.put("branch", panda.getBranch());
    node.put("step", panda.getStep());
    node.put("epoch", panda.getEpoch());
    node.putObject("objective")
        .put("metric", panda.getMetric())
        .put("goal", panda.getMinimize() ? "minimize" : "maximize");
    if (panda.hasBest()) {
      node.set("best", Values.number(panda.getBest()));
    } else {
      node.putNull("best");
    }
    if (panda.hasBestCheckpoint()) {
      node.put("best_checkpoint", panda.getBestCheckpoint());
    } else {
      node.putNull("best_checkpoint");
    }
    if (panda.hasLast()) {
      node.set("last", point(panda.getLast()));
    } else {
      node.putNull("last");
    }
    node.set("parameters", Values.json(panda.getParametersList()));
    ArrayNode alerts = node.putArray("alerts");
    panda
        .getAlertsList()
        .forEach(
            alert ->
                alerts
                    .addObject()
                    .put("kind", PandaText.key(alert.getKind()))
                    .put("message", alert.getMessage())
                    .put("advice", alert.getAdvice())
                    .put("epoch", alert.getEpoch()));
    return node;
  }

  /** As in {@code caviar panda show}: all there is to know but the curve. */
  static ObjectNode panda(PandaState panda) {
    ObjectNode node = summary(panda);
    node.put("seed", panda.getSeed());
    if (panda.getEpochs() > 0) {
      node.put("epochs", panda.getEpochs());
    } else {
      node.putNull("epochs");
    }
    if (panda.hasOrigin()) {
      node.putObject("origin")
          .put("sweep", panda.getOrigin().getSweepId())
          .put("trial", panda.getOrigin().getTrial())
          .put("step", panda.getOrigin().getStep())
          .put("epoch", panda.getOrigin().getEpoch());
    } else {
      node.putNull("origin");
    }
    node.set("first_parameters", Values.json(panda.getFirstParametersList()));
    ArrayNode branches = node.putArray("branches");
    panda.getBranchesList().forEach(branch -> branches.add(branch(branch)));
    ArrayNode checkpoints = node.putArray("checkpoints");
    panda.getCheckpointsList().forEach(checkpoint -> checkpoints.add(checkpoint(checkpoint)));
    ArrayNode ledger = node.putArray("ledger");
    panda.getLedgerList().forEach(entry -> ledger.add(entry(entry)));
    node.put("panda_file", panda.getPandaFile());
    return node;
  }

  /** What was done to a panda, the first thing first, at least one. */
  static ObjectNode done(String id, List<PandaAction.Done> done) {
    ObjectNode node = done(id, done.getFirst());
    if (done.size() > 1) {
      ArrayNode then = node.putArray("then");
      done.subList(1, done.size()).forEach(each -> then.add(done(id, each)));
    }
    return node;
  }

  /** What was done to a panda. */
  static ObjectNode done(String id, PandaAction.Done done) {
    ObjectNode node = Json.object().put("panda", id);
    return switch (done) {
      case PandaAction.Done.Entered(Intervention entry) ->
          node.put("action", PandaText.key(entry.getKind())).set("entry", entry(entry));
      case PandaAction.Done.Kept(PandaCheckpoint checkpoint) ->
          node.put("action", "checkpoint").set("checkpoint", checkpoint(checkpoint));
    };
  }

  static ObjectNode branch(PandaBranch branch) {
    ObjectNode node = Json.object().put("branch", branch.getBranch());
    if (branch.getBranch() == 0) {
      node.putNull("parent");
    } else {
      node.put("parent", branch.getParent());
    }
    node.put("from_step", branch.getFromStep())
        .put("from_epoch", branch.getFromEpoch())
        .put("step", branch.getStep())
        .put("epoch", branch.getEpoch());
    time(node, "began", branch.getBeganAtMillis());
    if (branch.hasBest()) {
      node.set("best", Values.number(branch.getBest()));
      node.put("best_step", branch.getBestStep());
    } else {
      node.putNull("best").putNull("best_step");
    }
    return node;
  }

  static ObjectNode checkpoint(PandaCheckpoint checkpoint) {
    ObjectNode node =
        Json.object()
            .put("checkpoint", checkpoint.getNumber())
            .put("name", checkpoint.getName())
            .put("branch", checkpoint.getBranch())
            .put("step", checkpoint.getStep())
            .put("epoch", checkpoint.getEpoch());
    time(node, "taken", checkpoint.getTakenAtMillis());
    node.set(
        "dev_loss",
        checkpoint.hasDevLoss() ? Values.number(checkpoint.getDevLoss()) : node.nullNode());
    node.set(
        "dev_error",
        checkpoint.hasDevError() ? Values.number(checkpoint.getDevError()) : node.nullNode());
    ArrayNode because = node.putArray("kept_because");
    checkpoint.getKeptBecauseList().forEach(because::add);
    return node.put("sha256", checkpoint.getBlob().getSha256())
        .put("size", checkpoint.getBlob().getSize());
  }

  static ObjectNode entry(Intervention entry) {
    ObjectNode node =
        Json.object().put("entry", entry.getNumber()).put("kind", PandaText.key(entry.getKind()));
    time(node, "at", entry.getAtMillis());
    node.put("who", entry.getWho()).put("why", entry.getWhy()).put("branch", entry.getBranch());
    node.set("step", entry.hasStep() ? node.numberNode(entry.getStep()) : node.nullNode());
    node.set("epoch", entry.hasEpoch() ? node.numberNode(entry.getEpoch()) : node.nullNode());
    node.set("before", Values.json(entry.getBeforeList()));
    node.set("after", Values.json(entry.getAfterList()));
    node.set(
        "point_before", entry.hasPointBefore() ? point(entry.getPointBefore()) : node.nullNode());
    node.set("point_after", entry.hasPointAfter() ? point(entry.getPointAfter()) : node.nullNode());
    return node.put("from_branch", entry.getFromBranch())
        .put("checkpoint", entry.getCheckpoint())
        .put("refused", entry.getRefused());
  }

  static ObjectNode point(CurvePoint point) {
    ObjectNode node = Json.object().put("epoch", point.getEpoch()).put("step", point.getStep());
    node.set("train_loss", Values.number(point.getTrainLoss()));
    node.set("dev_loss", Values.number(point.getDevLoss()));
    node.set("dev_error", Values.number(point.getDevError()));
    node.set("learning_rate", Values.number(point.getLearningRate()));
    return node.put("seconds", point.getElapsedMicros() / 1e6);
  }

  private static void time(ObjectNode node, String key, long millis) {
    if (millis == 0) {
      node.putNull(key);
    } else {
      node.put(key, Instant.ofEpochMilli(millis).toString());
    }
  }
}
