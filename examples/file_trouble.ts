/** Why a file cannot be read or written, in the words of a person. */

/** A clause for what a file operation threw. */
export function whyNot(error: unknown): string {
  const { NotFound, IsADirectory, NotADirectory, AlreadyExists, PermissionDenied, NotCapable } = Deno.errors;
  if (error instanceof NotFound) return "there is no such file";
  if (error instanceof IsADirectory) return "it is a directory, expected a file";
  if (error instanceof NotADirectory) return "a part of the path is a file, expected a folder";
  if (error instanceof AlreadyExists) return "a part of the path is there and is no folder";
  // Deno asks for more rights where a path is a device or of the system; no right would make that a good place.
  if (error instanceof PermissionDenied || error instanceof NotCapable) return "permission denied";
  const said = error instanceof Error ? error.message : String(error);
  return said.replace(/ \(os error \d+\).*$/s, "").replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase());
}
