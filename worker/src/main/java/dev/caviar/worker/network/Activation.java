package dev.caviar.worker.network;

/** The non-linearity of the hidden layers. */
public enum Activation {
  /** 1 / (1 + e<sup>−z</sup>). */
  SIGMOID,
  /** (e<sup>z</sup> − e<sup>−z</sup>) / (e<sup>z</sup> + e<sup>−z</sup>). */
  TANH,
  /** max(0, z); its derivative at 0 is taken as 0. */
  RELU
}
