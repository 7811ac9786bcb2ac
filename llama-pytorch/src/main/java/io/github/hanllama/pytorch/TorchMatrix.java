package io.github.hanllama.pytorch;

import ai.djl.pytorch.engine.PtNDArray;

/**
 * Rows of a tensor (out, in): matrices that are multiplied together lie in one.
 *
 * @param tensor owned by the model or by an adapter
 */
record TorchMatrix(PtNDArray tensor, int firstRow, int rows, int columns) {}
