import { useMutation } from "@tanstack/react-query";
import type { Media } from "@/features/media/media";
import { useClient } from "@/lib/use-client";

/** media-upload: the picture's bytes as they are; the function looks at the content. */
export function useUpload(onUploaded: (media: Media) => void) {
  const client = useClient();
  return useMutation({
    mutationFn: (file: File) => client.upload<Media>("media-upload", { name: file.name }, file),
    onSuccess: onUploaded,
  });
}
