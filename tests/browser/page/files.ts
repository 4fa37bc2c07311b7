/** A file of the repository as a person would pick it in the page. */
export async function repositoryFile(path: string): Promise<File> {
  const response = await fetch(`/${path}`);
  if (!response.ok) throw new Error(`/${path}: ${response.status}`);
  return new File([await response.blob()], path.slice(path.lastIndexOf('/') + 1));
}
