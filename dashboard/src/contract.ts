/** The service's contract: its operations as typed documents, the types of what they ask for and answer, and who may. */
export * from "inventory-contract";
export { default as access } from "inventory-contract/access.json";
