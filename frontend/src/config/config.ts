import { createContext, use } from "react";

/** What the function `site` tells the browser in config.json. */
export interface Config {
  /** The address that function names are appended to. */
  functions: string;
  /** What stands between service and operation there: "/" where each service is one function. */
  separator: string;
  clerk_publishable_key: string;
  demo: boolean;
  /** Pictures under this address can be asked for at a width. */
  imagekit_url_endpoint: string;
}

export const BASE = import.meta.env.BASE_URL;

export async function loadConfig(): Promise<Config> {
  const response = await fetch(`${BASE}config.json`);
  if (!response.ok) throw new Error(`config.json answered ${response.status}`);
  const told = (await response.json()) as Partial<Config>;
  return {
    functions: told.functions ?? "/function/",
    separator: told.separator ?? "-",
    clerk_publishable_key: told.clerk_publishable_key ?? "",
    demo: told.demo ?? false,
    imagekit_url_endpoint: told.imagekit_url_endpoint ?? "",
  };
}

export const ConfigContext = createContext<Config | null>(null);

export function useConfig(): Config {
  const config = use(ConfigContext);
  if (!config) throw new Error("useConfig needs a ConfigContext above it");
  return config;
}
