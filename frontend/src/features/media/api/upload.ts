import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { send } from "@/features/media/direct";
import { refusalOf, type Uploaded } from "@/features/media/media";
import { useClient } from "@/lib/use-client";

/**
 * media-upload-auth, and then the picture straight to where pictures live. `take` sends a file that
 * somebody chose, unless `refusal` says why not.
 */
export function useUpload(onUploaded: (picture: Uploaded) => void) {
  const client = useClient();
  const queries = useQueryClient();
  /** From 0 to 1. */
  const [progress, setProgress] = useState(0);
  const [refusal, setRefusal] = useState<string | null>(null);
  const upload = useMutation({
    mutationFn: async (file: File) => {
      setProgress(0);
      const ticket = await client.get("media-upload-auth", { name: file.name });
      return send(ticket, file, setProgress);
    },
    onSuccess: (picture) => {
      onUploaded(picture);
      return queries.invalidateQueries({ queryKey: ["media"] });
    },
  });
  const take = (file: File | undefined) => {
    if (!file) return;
    const refused = refusalOf(file);
    setRefusal(refused);
    upload.reset();
    if (!refused) upload.mutate(file);
  };
  return { upload, progress, refusal, take };
}
