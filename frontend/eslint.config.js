import { readdirSync } from "node:fs";
import { basename } from "node:path";
import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import ts from "typescript-eslint";

const features = readdirSync("src/features");

/** File names are kebab-case, so that the same name works on every file system. */
const kebabCase = {
  meta: { type: "suggestion", schema: [] },
  create: (context) => ({
    Program(node) {
      const name = basename(context.filename);
      if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*$/.test(name)) {
        context.report({ node, message: `file names are kebab-case, got ${name}` });
      }
    },
  }),
};

const deny = (...patterns) => ({
  "no-restricted-imports": ["error", { patterns: [
    { group: ["../*"], message: "reach other folders by @/" },
    ...patterns,
  ] }],
});

/** Who may import whom: app over features over components, config and lib. */
const zones = [
  { files: ["src/**"], rules: deny() },
  {
    files: ["src/{components,lib,config}/**"],
    rules: deny({ group: ["@/features/**", "@/app/**"], message: "lower layers know no feature" }),
  },
  {
    files: ["src/lib/**"],
    rules: deny({ group: ["@/features/**", "@/app/**", "@/components/**", "@/config/**"],
      message: "lib stands alone" }),
  },
  ...features.map((feature) => ({
    files: [`src/features/${feature}/**`],
    rules: deny(
      { group: ["@/app/**"], message: "features do not know the app" },
      { regex: `^@/features/(?!${feature}/)`, message: "no feature imports a feature" },
    ),
  })),
];

export default defineConfig(
  { ignores: ["dist", "node_modules", "src/api/schema.ts"] },
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  hooks.configs.flat["recommended-latest"],
  a11y.flatConfigs.strict,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["eslint.config.js"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { fanfold: { rules: { "kebab-case": kebabCase } } },
    rules: {
      "fanfold/kebab-case": "error",
      "max-lines": ["error", 250],
      "no-console": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", {
        ignoreArrowShorthand: true,
        ignoreVoidReturningFunctions: true,
      }],
      // Lists lose their meaning in Safari once their bullets are styled away; the role restores it.
      "jsx-a11y/no-redundant-roles": ["error", { ul: ["list"], ol: ["list"] }],
    },
  },
  ...zones,
  { files: ["**/*.js"], extends: [ts.configs.disableTypeChecked] },
);
