package io.github.hanllama.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The structure of the whole library, from the one module that sees all of it. Rules are checked in ordinary tests: some
 * surefire versions silently run none of the rules of ArchUnit's own JUnit engine.
 */
class ArchitectureTest {
    private static final String BASE = "io.github.hanllama.";
    private static final String CHECKPOINT = BASE + "core.checkpoint";
    private static JavaClasses library;

    @BeforeAll
    static void importClasses() {
        library = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.github.hanllama");
    }

    @Test
    void library_isImported() {
        for (String module : List.of("tokenizer", "quant", "core", "lora", "demo", "pytorch", "cli")) {
            assertThat(library.stream().filter(type -> type.getPackageName().startsWith(BASE + module)))
                    .as(module)
                    .isNotEmpty();
        }
    }

    @Test
    void packages_haveNoCycles() {
        slices().assignedFrom(new PackagesAndDoors()).should().beFreeOfCycles().check(library);
    }

    /** They are where users look for them, beside the contracts, and above everything that implements these. */
    @Test
    void doors_areOpenedFromAbove() {
        noClasses()
                .that()
                .resideInAPackage(CHECKPOINT + ".(*)")
                .should()
                .dependOnClassesThat(describe("are doors", PackagesAndDoors::isDoor))
                .check(library);
    }

    @Test
    void modules_pointOneWay() {
        noClasses()
                .that(inModule("tokenizer"))
                .should()
                .dependOnClassesThat(inModule("quant", "core", "lora", "demo", "pytorch", "cli"))
                .check(library);
        noClasses()
                .that(inModule("quant"))
                .should()
                .dependOnClassesThat(inModule("tokenizer", "core", "lora", "demo", "pytorch", "cli"))
                .check(library);
        noClasses()
                .that(inModule("core"))
                .should()
                .dependOnClassesThat(inModule("lora", "demo", "pytorch", "cli"))
                .check(library);
        noClasses()
                .that(inModule("lora"))
                .should()
                .dependOnClassesThat(inModule("demo", "pytorch", "cli"))
                .check(library);
        noClasses()
                .that(inModule("demo"))
                .should()
                .dependOnClassesThat(inModule("lora", "pytorch", "cli"))
                .check(library);
        noClasses()
                .that(inModule("pytorch"))
                .should()
                .dependOnClassesThat(inModule("lora", "demo", "cli"))
                .check(library);
    }

    @Test
    void vectorApi_onlyInSimdClasses() {
        noClasses()
                .that(describe("are not named Simd*", type -> !outermost(type).startsWith("Simd")))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator.vector..")
                .check(library);
    }

    @Test
    void djl_onlyInPytorchModule() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.github.hanllama.pytorch..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl..")
                .check(library);
    }

    @Test
    void internalPackages_areNotReachedFromOtherModules() {
        for (String module : List.of("tokenizer", "quant", "core", "lora", "demo", "pytorch", "cli")) {
            classes()
                    .that()
                    .resideInAPackage(BASE + module + "..internal..")
                    .should()
                    .onlyHaveDependentClassesThat(inModule(module))
                    .allowEmptyShould(true)
                    .check(library);
        }
    }

    @Test
    void rules_canFail() {
        assertThatThrownBy(() -> noClasses()
                        .that(inModule("core"))
                        .should()
                        .dependOnClassesThat(inModule("tokenizer"))
                        .check(library))
                .isInstanceOf(AssertionError.class);
    }

    private static DescribedPredicate<JavaClass> inModule(String... names) {
        return describe("reside in module " + String.join(" or ", names), type -> List.of(names).stream()
                .anyMatch(name -> (type.getPackageName() + ".").startsWith(BASE + name + ".")));
    }

    private static String outermost(JavaClass type) {
        String name = type.getName().substring(type.getPackageName().length() + 1);
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }

    /**
     * Each package is a slice of its own. The doors of checkpoints are one more: {@code Checkpoints.open} is public beside
     * {@code Checkpoint}, and has below it every format, which make what the contracts in the same package promise.
     */
    private static final class PackagesAndDoors implements SliceAssignment {
        private static final List<String> DOORS = List.of(
                "Checkpoints",
                "CheckpointWriter",
                "TensorFolder",
                "ResizedVocabulary",
                "Verification",
                "FolderVerifier",
                "GgufVerifier");

        static boolean isDoor(JavaClass type) {
            return type.getPackageName().equals(CHECKPOINT) && DOORS.contains(outermost(type));
        }

        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            return SliceIdentifier.of(isDoor(type) ? CHECKPOINT + " (doors)" : type.getPackageName());
        }

        @Override
        public String getDescription() {
            return "packages, and the doors of checkpoints";
        }
    }
}
