package io.github.hanllama.core.quantize;

import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TensorNames;
import io.github.hanllama.core.checkpoint.TensorNames.Module;
import io.github.hanllama.quant.WeightPlace;
import io.github.hanllama.quant.WeightRole;
import java.util.HashMap;
import java.util.Map;

/** Where each matrix of a model stands in it, by its name. */
final class WeightPlaces {
    private static final WeightPlace VECTOR = new WeightPlace(WeightRole.VECTOR, 0);

    private final Map<String, WeightPlace> places = new HashMap<>();

    WeightPlaces(int layers) {
        places.put(TensorNames.EMBED_TOKENS, new WeightPlace(WeightRole.EMBED_TOKENS, 0));
        places.put(TensorNames.LM_HEAD, new WeightPlace(WeightRole.LM_HEAD, 0));
        for (int layer = 0; layer < layers; layer++) {
            for (Module module : Module.values()) {
                places.put(TensorNames.weight(layer, module), new WeightPlace(role(module), layer));
            }
        }
    }

    WeightPlace place(TensorInfo info) {
        return info.shape().size() < 2 ? VECTOR : places.getOrDefault(info.name(), VECTOR);
    }

    private static WeightRole role(Module module) {
        return switch (module) {
            case INPUT_LAYERNORM, POST_ATTENTION_LAYERNORM -> WeightRole.VECTOR;
            case Q_PROJ -> WeightRole.Q_PROJ;
            case K_PROJ -> WeightRole.K_PROJ;
            case V_PROJ -> WeightRole.V_PROJ;
            case O_PROJ -> WeightRole.O_PROJ;
            case GATE_PROJ -> WeightRole.GATE_PROJ;
            case UP_PROJ -> WeightRole.UP_PROJ;
            case DOWN_PROJ -> WeightRole.DOWN_PROJ;
        };
    }
}
