module demo.consumer {
    requires io.github.hanllama.lora;
}
