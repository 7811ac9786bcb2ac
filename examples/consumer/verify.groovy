// Runs after the consumer's build: four launches, one text.
def launches = ["class-path", "class-path-vector", "module-path", "module-path-vector"]
// What the JVM and the library logged comes before the reply.
def texts = launches.collect { name ->
    def lines = new File(basedir, "target/${name}.txt").getText("UTF-8").readLines()
    def logged = lines.findLastIndexOf { it.startsWith("WARNING:") || it.startsWith("INFO:") }
    lines.drop(logged + 1).join("\n")
}
assert texts.every { !it.isBlank() } : "a launch printed nothing: " + [launches, texts].transpose()
assert texts.toSet().size() == 1 : "launches differ: " + [launches, texts].transpose()
return true
