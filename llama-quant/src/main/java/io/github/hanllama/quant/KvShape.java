package io.github.hanllama.quant;

/** What a block of 32 positions of a {@link KvLayer} has: tiles of 32 dimensions, of all heads. */
record KvShape(KvTiles tiles, int heads, int headDim) {
    /** Tiles of a head in a block. */
    int strips() {
        return Math.ceilDiv(headDim, KvLayer.BLOCK);
    }

    /** Dimensions of a tile. */
    int width(int strip) {
        return Math.min(KvLayer.BLOCK, headDim - strip * KvLayer.BLOCK);
    }

    /** Bytes of a tile but the last one of keys, which may have fewer rows. */
    long tileBytes() {
        return tiles.bytes(KvLayer.BLOCK);
    }

    /** Bytes of one head's keys or values in a block. */
    long headBytes(KvSide side) {
        int last = strips() - 1;
        int lastRows = side == KvSide.KEYS ? width(last) : KvLayer.BLOCK;
        return last * tileBytes() + tiles.bytes(lastRows);
    }

    long blockBytes() {
        return heads * (headBytes(KvSide.KEYS) + headBytes(KvSide.VALUES));
    }
}
