#pragma once

#include "api/request_links.hpp"
#include "storage/errors.hpp"
#include "storage/webhooks.hpp"

#include <string>

namespace weir::api
{

/// The body that a webhook is sent about a call: JSON, with one of the links. errc::not_found when the call is no
/// longer in the record. Not on a network thread.
storage::result<std::string> webhook_message(storage::connection& db, storage::webhook const& to, storage::row_id of,
                                             request_links const& links);

} // namespace weir::api
