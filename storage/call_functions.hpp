#pragma once

#include "storage/errors.hpp"

namespace weir::storage
{

class connection;

/// Gives a connection the functions by which filters look into what calls said (prompts/conversation.hpp); no schema
/// may refer to them. A text that is not JSON, or that has nothing recognised in it, is one without messages.
///
///     weir_input_text(request)     the messages of a request's body, as text
///     weir_output_text(response)   the text of a response's body
///     weir_output_facts(response)  `{"kind":"json","tools":[…],"values":[["path","text"],…]}`
///     weir_flat(json)              the values of an object, `[["path","text"],…]`
///     weir_has_words(words, …)     whether the texts have all these words together, the last one as a beginning
result<void> add_call_functions(connection& db);

} // namespace weir::storage
