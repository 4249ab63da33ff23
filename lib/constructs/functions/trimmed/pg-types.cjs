// The driver has parsers of its own (functions/database/drivers/postgres/type-parsers.ts).
const asText = (value) => value;
module.exports = { getTypeParser: () => asText, setTypeParser: () => undefined };
