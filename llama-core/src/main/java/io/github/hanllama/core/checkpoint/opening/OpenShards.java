package io.github.hanllama.core.checkpoint.opening;

import io.github.hanllama.core.checkpoint.WeightFile;
import io.github.hanllama.core.source.ModelFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Opens several weight files, of which none stays open when something fails. */
public final class OpenShards {
    private OpenShards() {}

    /** What is made of the files owns them; when one cannot be opened, or making throws, all are closed. */
    public static <T> T use(ModelFiles files, List<String> names, Function<List<WeightFile>, T> maker) {
        List<WeightFile> shards = new ArrayList<>();
        try {
            names.forEach(name -> shards.add(WeightFile.open(files, name)));
            return maker.apply(shards);
        } catch (Throwable e) {
            shards.forEach(WeightFile::close);
            throw e;
        }
    }
}
