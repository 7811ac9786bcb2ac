package io.github.hanllama.lora;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.Checkpoints;
import io.github.hanllama.core.checkpoint.WeightFile;
import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.core.progress.Cancellation;
import io.github.hanllama.core.progress.ProgressListener;
import io.github.hanllama.core.source.ModelFiles;
import io.github.hanllama.core.source.ModelSources;
import io.github.hanllama.testdata.NeedsData;
import io.github.hanllama.testdata.TestData;
import io.github.hanllama.tokenizer.TokenizerException;
import io.github.hanllama.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What becomes of every file that was made to do harm and of every adapter and small file from the wild: it opens, or is
 * refused with this message. The one place where verdicts are recorded.
 */
class VerdictsTest {
    private static final List<String> FOLDERS = List.of("hostile", "adapters", "small");
    private static final String TABLE = """
            hostile/gguf_bad_magic.gguf | gguf_bad_magic.gguf: is of no known format, expected a GGUF file
            hostile/gguf_nested_array.gguf | byte 37: k: expected an array of plain values, found an array of arrays
            hostile/gguf_string_too_long.gguf | byte 16: number of keys: expected at most 0 in the 11 bytes that are left, found 1
            hostile/gguf_truncated.gguf | byte 7081: tokenizer.ggml.scores: expected at most 477 in the 1911 bytes that are left, found 512
            hostile/html_error_page.bin | html_error_page.bin: is an HTML page, not weights, expected a PyTorch file; the download was refused or redirected, try again
            hostile/pt_global_os_system.bin | data.pkl: byte 2 (GLOBAL): this file tries to run posix.system; it is not a model, delete it
            hostile/pt_huge_size.bin | w: expected a size below 2^63, found sizes [2147483647, 2147483647] strides [0, 0] from element 0
            hostile/pt_missing_storage.bin | w: expected its data in archive/data/1, found no such entry
            hostile/pt_negative_stride.bin | w: expected nothing negative, found sizes [2, 2] strides [-2, -1] from element 3
            hostile/pt_no_pickle.bin | data.pkl: byte 0: expected an opcode, found the end; is the file complete?
            hostile/pt_not_zip.bin | expected the end of a zip archive in the last 22 bytes, found other bytes; is the download complete?
            hostile/pt_ok_2x2.bin | opens, 1 tensors
            hostile/pt_ok_expanded.bin | opens, 1 tensors
            hostile/pt_ok_transposed.bin | opens, 1 tensors
            hostile/pt_recursive_dict.bin | a: expected a tensor, found a table of 1; save the state_dict alone
            hostile/pt_stack_global.bin | data.pkl: byte 2 (SHORT_BINUNICODE): expected only the opcodes that tensors need, found SHORT_BINUNICODE; save it again with torch.save and its default protocol
            hostile/pt_stack_underflow.bin | data.pkl: byte 2 (REDUCE): expected 1 value before it, found 0
            hostile/pt_truncated_pickle.bin | data.pkl: byte 6 (BINUNICODE): expected 4 more bytes, found 2; is the file complete?
            hostile/pt_unknown_class.bin | data.pkl: byte 2 (GLOBAL): expected only what tensors need, but the file tries to import my.mod.Thing; save the state_dict alone
            hostile/pt_unknown_storage.bin | data.pkl: byte 56 (GLOBAL): expected only what tensors need, but the file tries to import torch.WeirdStorage; save the state_dict alone
            hostile/pt_view_past_storage.bin | w: expected elements inside its storage of 4, found sizes [2, 2] strides [2, 1] from element 2
            hostile/spm_empty.model | SentencePiece model, byte 0: expected pieces, found none; is it another kind of file?
            hostile/spm_truncated.model | SentencePiece model, byte 3990: field 1: expected a length of at most 10, found 15
            hostile/spm_unigram.model | SentencePiece model: not supported: model type UNIGRAM, only BPE is
            hostile/spm_varint_overflow.model | SentencePiece model, byte 1: expected a varint of at most 64 bits, found a longer one
            hostile/st_7bytes.safetensors | header too small: file has 7 bytes, expected at least 8; is the download complete?
            hostile/st_bad_utf8.safetensors | header is not valid UTF-8
            hostile/st_deep_json.safetensors | __metadata__: expected an object, found [ near byte 25
            hostile/st_header_len_max.safetensors | byte 0: header length 18446744073709551615 exceeds 100000000; is this a safetensors file?
            hostile/st_header_past_end.safetensors | byte 0: header runs past end of file: expected 5008 bytes or more, found 73; is the download complete?
            hostile/st_offset_past_end.safetensors | a: F32 [2, 2] needs 16 bytes, data_offsets [0, 999] hold 999
            hostile/st_offset_reversed.safetensors | a: data_offsets: begin 16 is after end 0
            hostile/st_ok.safetensors | opens, 1 tensors
            hostile/st_overlap.safetensors | b: data_offsets: begins at 8 and overlaps a, expected 16
            hostile/st_shape_overflow.safetensors | a: shape [4294967296, 4294967296] of F32 overflows 63 bits
            hostile/st_unknown_dtype.safetensors | a: dtype Q9 is not supported, expected F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL
            hostile/st_zero_dim.safetensors | opens, 2 tensors
            adapters/anirudh_gpt2 | anirudh_gpt2: 25 of 25 tensors fit no part of LLaMA (trained on gpt2): base_model.model.score.weight, base_model.model.transformer.h.0.attn.c_attn.lora_A.weight,
            adapters/bloom_lora | bloom_lora/adapter_config.json: enable_lora is set to [true,false,true], that is an adapted part of a joined projection; ignoring it would give wrong weights
            adapters/rajpreet | rajpreet: no adapter_config.json, so rank and alpha are unknown; copy it from where the adapter was published, or name them with LoraAdapter.assuming
            adapters/rishit | rishit/adapter_config.json: peft_type PROMPT_TUNING cannot be merged; only LORA adapters can
            adapters/sidkris | sidkris: 40 of 40 tensors fit no part of LLaMA (trained on distilbert-base-uncased): base_model.model.distilbert.transformer.layer.0.attention.q_lin.lora_A.weight,
            adapters/tashu_distilbert | tashu_distilbert: 28 of 28 tensors fit no part of LLaMA (trained on distilbert-base-uncased): base_model.model.classifier.bias, base_model.model.classifier.weight,
            adapters/thesotti_gpt_lora | thesotti_gpt_lora: 49 of 49 tensors fit no part of LLaMA (trained on gpt2): base_model.model.transformer.h.0.attn.c_attn.lora_A.weight,
            small/candle_fortran_tensor_3d.pth | opens, 1 tensors
            small/candle_test.pt | opens, 1 tensors
            small/candle_test_with_key.pt | opens, 1 tensors
            small/coffeevampir_model.safetensors | opens, 4 tensors
            small/hf_rng_state.pth | data.pkl: byte 3835 (GLOBAL): expected only what tensors need, but the file tries to import numpy._core.multiarray._reconstruct; save the state_dict alone
            small/hf_scheduler.pt | base_lrs: expected a tensor, found a list of 2; save the state_dict alone
            small/hf_training_args.bin | data.pkl: byte 2 (GLOBAL): expected only what tensors need, but the file tries to import transformers.training_args.TrainingArguments; save the state_dict alone
            small/las7_empty.gguf | llama.block_count: expected a number, found nothing
            small/las7_tiny.gguf | byte 69: test.weight.0: expected 32768 bytes of data at 128, found 0; is the download complete?
            small/las7_tiny.safetensors | test.weight.0: the data ends wrongly: expected 32768 bytes of data, found 32773; bytes that belong to no tensor follow the last one
            small/microlm_base.bin | expected a PyTorch file (zip or pickle), found a file of another format
            small/microlm_base.pth | data.pkl: byte 4513 (GLOBAL): expected only what tensors need, but the file tries to import esp32_llm.model.ESP32LLMConfig; save the state_dict alone
            small/tinypellm_pytorch_model.bin | opens, 24 tensors
            small/torchtune_tiny_fair_checkpoint.pt | opens, 21 tensors
            small/torchtune_tiny_state_dict_with_one_key.pt | opens, 1 tensors
            """;

    @ParameterizedTest
    @MethodSource
    void verdict_ofOurOwnFile(String file, String verdict) {
        assertThat(verdict(file)).startsWith(verdict);
    }

    static Stream<String[]> verdict_ofOurOwnFile() {
        return rows(VerdictsTest::isOurs);
    }

    @NeedsData({"hostile/spm_unigram.model", "adapters", "small"})
    @ParameterizedTest
    @MethodSource
    void verdict_ofAFileFromTheWild(String file, String verdict) {
        assertThat(verdict(file)).startsWith(verdict);
    }

    static Stream<String[]> verdict_ofAFileFromTheWild() {
        return rows(file -> !isOurs(file));
    }

    /** The unigram model is somebody else's and not in this repository. */
    private static boolean isOurs(String file) {
        return file.startsWith("hostile/") && !file.endsWith("spm_unigram.model");
    }

    @Test
    void everyFile_hasAVerdict() throws IOException {
        List<String> recorded = rows(file -> true).map(row -> row[0]).toList();
        for (String folder : FOLDERS) {
            for (String root : List.of("hanllama.testdata", "hanllama.data")) {
                Path path = Path.of(System.getProperty(root), folder);
                assertThat(names(path))
                        .filteredOn(name -> !name.equals("manifest.json"))
                        .map(name -> folder + "/" + name)
                        .isSubsetOf(recorded);
            }
        }
    }

    private static List<String> names(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static Stream<String[]> rows(Predicate<String> files) {
        return TABLE.lines()
                .map(line -> Arrays.stream(line.split("\\|")).map(String::strip).toArray(String[]::new))
                .filter(row -> files.test(row[0]));
    }

    /** Without the path the message begins with. */
    private static String verdict(String file) {
        Path path = TestData.path(file);
        try {
            return "opens, " + open(path);
        } catch (LlamaException | TokenizerException e) {
            return String.valueOf(e.getMessage()).replace(path + ": ", "");
        }
    }

    private static String open(Path path) {
        String name = path.toString();
        if (Files.isDirectory(path)) {
            try (LoraWeights adapter = FolderFiles.of(path).open()) {
                return adapter.changedTensors().size() + " changes";
            }
        }
        if (name.endsWith(".model")) {
            return Tokenizers.load(path).vocabularySize() + " tokens";
        }
        if (name.endsWith(".gguf")) {
            try (Checkpoint model = Checkpoints.open(files(path))) {
                return model.tensors().size() + " tensors";
            }
        }
        try (WeightFile file = WeightFile.open(files(path), String.valueOf(path.getFileName()))) {
            return file.tensors().size() + " tensors";
        }
    }

    private static ModelFiles files(Path path) {
        return ModelSources.path(path).resolve(ProgressListener.NONE, new Cancellation());
    }
}
