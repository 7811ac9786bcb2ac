// Runs after the consumer's build: four launches, one text.
def launches = ["class-path", "class-path-vector", "module-path", "module-path-vector"]
// The JVM's own incubator warning is not ours to silence.
def texts = launches.collect { name ->
    new File(basedir, "target/${name}.txt").getText("UTF-8").readLines().findAll { !it.startsWith("WARNING:") }.join("\n")
}
assert texts.every { !it.isBlank() } : "a launch printed nothing: " + [launches, texts].transpose()
assert texts.toSet().size() == 1 : "launches differ: " + [launches, texts].transpose()
return true
