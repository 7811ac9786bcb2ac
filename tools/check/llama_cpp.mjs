// Lets llama.cpp continue a prompt with GGUF files that HanLlama wrote, and prints the ids, to be compared with
//     ./llama generate --model FILE --json --max-new-tokens N PROMPT
//
//     npm install --ignore-scripts --omit=optional node-llama-cpp@3.22.1 @node-llama-cpp/linux-x64@3.22.1
//     node tools/check/llama_cpp.mjs N PROMPT FILE.gguf...
//
// One JSON object per file. Not part of the build.
import {createRequire} from "node:module";
import {pathToFileURL} from "node:url";
import path from "node:path";

const require = createRequire(path.join(process.cwd(), "package.json"));
const {getLlama} = await import(pathToFileURL(require.resolve("node-llama-cpp")).href);
const [count, prompt, ...files] = process.argv.slice(2);
const llama = await getLlama({gpu: false, build: "never", logLevel: "error"});
for (const file of files) {
    const model = await llama.loadModel({modelPath: file});
    const context = await model.createContext({contextSize: 256, threads: 1});
    const text = model.tokenize(prompt);
    const bos = model.tokens.shouldPrependBosToken ? [model.tokens.bos] : [];
    const ids = [];
    for await (const id of context.getSequence().evaluate([...bos, ...text], {temperature: 0})) {
        ids.push(id);
        if (ids.length >= Number(count)) break;
    }
    console.log(JSON.stringify({file, prompt_ids: [...bos, ...text], ids}));
    await context.dispose();
    await model.dispose();
}
process.exit(0);
