package io.github.hanllama.core.engine.support;

import io.github.hanllama.core.adapter.TensorChange;
import io.github.hanllama.core.adapter.TensorChange.AddLowRank;
import io.github.hanllama.core.adapter.TensorChange.Replace;
import io.github.hanllama.core.checkpoint.Tensor;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A hash over all that a chain changes, down to the last stored byte: what caches are bound to. */
final class AdapterIdentity {
    private final MessageDigest digest = sha256();

    private AdapterIdentity() {}

    static String of(AdapterChain chain) {
        AdapterIdentity identity = new AdapterIdentity();
        identity.put(chain.config().ropeScaling() + " " + chain.config().maxPositionEmbeddings());
        chain.changes().forEach((name, changes) -> {
            identity.put(name);
            changes.forEach(identity::put);
        });
        return HexFormat.of().formatHex(identity.digest.digest());
    }

    /** Of some texts in order. */
    static String of(Iterable<String> texts) {
        AdapterIdentity identity = new AdapterIdentity();
        texts.forEach(identity::put);
        return HexFormat.of().formatHex(identity.digest.digest());
    }

    private void put(TensorChange change) {
        switch (change) {
            case Replace whole -> put(whole.tensor());
            case AddLowRank pair -> {
                put("scale " + pair.scale());
                put(pair.a());
                put(pair.b());
                pair.magnitude().ifPresent(this::put);
            }
        }
    }

    private void put(Tensor tensor) {
        put(tensor.info().dtype() + " " + tensor.info().shape());
        tensor.readStoredRows(
                0,
                tensor.info().rows(),
                (row, count, bytes) -> digest.update(
                        bytes.asSlice(0, count * tensor.info().rowBytes()).asByteBuffer()));
    }

    /** With its length before it, so that no two sequences of texts look alike. */
    private void put(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
        digest.update(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
