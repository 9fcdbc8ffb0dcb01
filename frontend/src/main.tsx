import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "@/app/app";
import { loadConfig } from "@/config/config";
import { ProblemNotice } from "@/components/problem-notice";
import "@/styles/fonts.css";
import "@/styles/tokens.css";
import "@/styles/base.css";

const place = document.getElementById("root");
if (!place) throw new Error("index.html has no element #root");
const root = createRoot(place);

loadConfig().then(
  (config) => {
    root.render(
      <StrictMode>
        <App config={config} />
      </StrictMode>,
    );
  },
  (thrown: unknown) => {
    root.render(<ProblemNotice thrown={thrown} onRetry={() => location.reload()} />);
  },
);
