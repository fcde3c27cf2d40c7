import { Alert } from "@mantine/core";
import { useText } from "../text/useText";

/** What was refused and no field of the form is at fault for, in the service's words. */
export function Messages({ message }: { message: string | undefined }) {
  const text = useText();
  if (!message) return null;
  return (
    <Alert color="red" role="alert" title={text.failure.title}>
      {message}
    </Alert>
  );
}
