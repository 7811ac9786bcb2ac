package io.github.hanllama.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.adapter.AdapterInfo;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.lora.LoraAdapter;
import io.github.hanllama.testdata.TestData;
import java.util.List;

/** PEFT's {@code adapter_config.json}, beside the tensors of an adapter. */
final class AdapterConfigTarget implements FuzzTarget {
    private static final String NAME = "adapter_config.json";
    private static final String FOLDER = "hf/lora_patterns/adapter";

    private final ModelFiles adapter = PatchedFiles.fixture(FOLDER);
    private final Scratch scratch = Scratch.create();

    @Override
    public void run(byte[] input) {
        AdapterInfo info =
                LoraAdapter.of(TestData.path(FOLDER)).inspect(PatchedFiles.of(adapter, scratch, NAME, input));
        assertThat(info.toString()).isNotEmpty();
    }

    @Override
    public void seeds(Seeds seeds) {
        seeds.tree("hf", NAME).tree("peft_kinds", NAME).tree("synthetic", NAME).tree("adapters", NAME);
    }

    /** Module patterns are regular expressions in PEFT; ours are bounded in length, counts and steps. */
    @Override
    public List<String> disabledHooks() {
        return List.of("com.code_intelligence.jazzer.sanitizers.RegexInjection");
    }
}
