import { createBrowserRouter } from "react-router";
import { FrontPage } from "@/app/pages/front-page";
import { NotFoundPage } from "@/app/pages/not-found-page";
import { BrokenPage } from "@/app/pages/broken-page";
import { Shell } from "@/app/shell";
import { BASE } from "@/config/config";

/** All pages on one screen. What a reader does not open first is loaded when it is opened. */
export function createRouter() {
  return createBrowserRouter(
    [
      {
        element: <Shell />,
        errorElement: <BrokenPage />,
        hydrateFallbackElement: <></>,
        children: [
          { index: true, element: <FrontPage /> },
          { path: "post/:slug", lazy: () => page(import("@/app/pages/post-page")) },
          { path: "write", lazy: () => page(import("@/app/pages/write-page")) },
          { path: "sign-in", lazy: () => page(import("@/app/pages/sign-in-page")) },
          { path: "events", lazy: () => page(import("@/app/pages/events-page")) },
          { path: "events/dead-letters", lazy: () => page(import("@/app/pages/dead-letters-page")) },
          { path: "*", element: <NotFoundPage /> },
        ],
      },
    ],
    { basename: BASE.replace(/\/$/, "") },
  );
}

const page = async (module: Promise<{ default: React.ComponentType }>) => ({
  Component: (await module).default,
});
