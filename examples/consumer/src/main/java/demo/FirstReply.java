package demo;

import io.github.hanllama.core.Llama;
import io.github.hanllama.core.generation.GenerationConfig;
import io.github.hanllama.core.generation.Generator;
import io.github.hanllama.core.generation.TextStream;
import java.nio.file.Path;

class FirstReply {
    public static void main(String[] args) {
        Path base = Path.of(args[0]); // a Hugging Face folder: config.json, *.safetensors, tokenizer
        Path adapter = Path.of(args[1]); // a PEFT folder: adapter_config.json, adapter_model.safetensors, tokenizer

        GenerationConfig config = GenerationConfig.builder()
                .maxNewTokens(64)
                .temperature(0.7)
                .seed(1)
                .build();
        try (Generator generator = Llama.from(base).adapt(adapter).load();
                TextStream reply = generator.stream("白日依山尽，", config)) {
            for (String text : reply) {
                System.out.print(text);
            }
        }
    }
}
