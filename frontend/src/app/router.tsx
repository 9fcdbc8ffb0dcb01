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
          { path: "search", lazy: () => page(import("@/app/pages/search-page")) },
          { path: "post/:slug", lazy: () => page(import("@/app/pages/post-page")) },
          { path: "draft/:slug", lazy: () => page(import("@/app/pages/draft-page")) },
          { path: "edit/:slug", lazy: () => page(import("@/app/pages/edit-page")) },
          { path: "write", lazy: () => page(import("@/app/pages/write-page")) },
          { path: "member/:id", lazy: () => page(import("@/app/pages/member-page")) },
          { path: "my-posts", lazy: () => page(import("@/app/pages/my-posts-page")) },
          { path: "media", lazy: () => page(import("@/app/pages/media-page")) },
          { path: "account", lazy: () => page(import("@/app/pages/account-page")) },
          { path: "sign-in", lazy: () => page(import("@/app/pages/sign-in-page")) },
          { path: "members", lazy: () => page(import("@/app/pages/members-page")) },
          { path: "events", lazy: () => page(import("@/app/pages/events-page")) },
          { path: "events/dead-letters", lazy: () => page(import("@/app/pages/dead-letters-page")) },
          { path: "events/conflicts", lazy: () => page(import("@/app/pages/conflicts-page")) },
          { path: "events/runs", lazy: () => page(import("@/app/pages/runs-page")) },
          { path: "events/subscriptions", lazy: () => page(import("@/app/pages/subscriptions-page")) },
          { path: "events/actions", lazy: () => page(import("@/app/pages/actions-page")) },
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
