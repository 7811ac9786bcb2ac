import io.github.hanllama.tokenizer.VocabularyMerge;
import java.nio.file.Path;

/** The two vocabularies of the adapters: {@code java -cp llama-tokenizer/target/classes MergeVocabulary.java FOLDER}. */
class MergeVocabulary {
    public static void main(String[] args) {
        Path folder = Path.of(args[0]);
        VocabularyMerge merge = VocabularyMerge.of(folder.resolve("english.model"))
                .addPiecesOf(folder.resolve("chinese.model"));
        merge.write(folder.resolve("chinese_llama.model"));
        merge.addPiece("[PAD]").write(folder.resolve("chinese_alpaca.model"));
        System.out.println(merge.vocabularySize() + " pieces");
    }
}
