package dev.caviar.worker.backend;

import dev.caviar.worker.network.Dropout;
import dev.caviar.worker.network.NetworkConfig;

/** The masks of one training step as the reference network takes them. */
final class ReferenceDropout {
  private ReferenceDropout() {}

  static ReferenceNetwork.DropoutMask mask(
      NetworkConfig config, long seed, long step, int examples) {
    if (config.dropout() == 0) {
      return ReferenceNetwork.DropoutMask.NONE;
    }
    float[][] masks = new float[config.hiddenUnits().size()][];
    for (int layer = 0; layer < masks.length; layer++) {
      masks[layer] = new float[examples * config.fanOut(layer)];
      Dropout.mask(masks[layer], masks[layer].length, config.dropout(), seed, step, layer);
    }
    return (layer, example, unit) -> masks[layer][example * config.fanOut(layer) + unit];
  }
}
