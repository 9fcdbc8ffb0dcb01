import type { Schemas } from "@/api/operations";
import type { Uploaded } from "@/features/media/media";
import { Problem, unreachable } from "@/lib/problem";

/** Sends a file with the signed fields of its ticket; fetch would not tell how far it has come. */
export function send(
  { upload_url, fields }: Pick<Schemas["Ticket"], "upload_url" | "fields">,
  file: File,
  onProgress: (part: number) => void,
): Promise<Uploaded> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", upload_url);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onerror = () => reject(unreachable());
    request.onload = () => {
      try {
        resolve(uploadedOf(request.status, request.responseText));
      } catch (thrown: unknown) {
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is a Problem
        reject(thrown);
      }
    };
    request.send(form);
  });
}

/** What the store of pictures says, in our words. */
export function uploadedOf(status: number, text: string): Uploaded {
  const told = parsed(text);
  if (status >= 200 && status < 300 && typeof told["fileId"] === "string" && typeof told["url"] === "string") {
    return { id: told["fileId"], url: told["url"] };
  }
  const detail = [told["message"], told["detail"]].find((each) => typeof each === "string");
  throw new Problem({
    status,
    title: "The picture was not taken",
    detail: detail ?? `the store of pictures answered ${status}`,
  });
}

function parsed(text: string): Record<string, unknown> {
  try {
    const told: unknown = JSON.parse(text);
    return typeof told === "object" && told !== null ? (told as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
