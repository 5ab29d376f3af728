#pragma once

#include "gateway/errc.hpp"
#include "net/http_message.hpp"
#include "storage/key_ring.hpp"
#include "storage/request_record.hpp"

#include <cstdint>
#include <optional>

namespace weir::gateway
{

/// Who makes a call, and what stands in its head for whom.
struct caller {
    storage::organization_id organization = storage::default_organization;
    std::optional<std::int64_t> api_key_id; ///< none: the call came without a gateway key
    bool is_weir = false;                   ///< which has no gateway key, and may use its own keys of providers
    bool key_in_fields = false;             ///< a gateway key may stand in fields that go on: it must not
    bool has_provider_credential = false;   ///< known only of callers with a gateway key
    bool key_for_provider = false;          ///< the gateway key stands where the provider expects a credential
    bool key_in_authorization = false;      ///< and that is Authorization
    std::optional<storage::lent_key> lent;  ///< what the proxy key stands for that is the call's credential
};

/// Decides whether a call may be made at all, and fills `who`. The key is looked for in Helicone-Auth, in an
/// Authorization beside the provider's, in the URL, and where the provider's credential belongs, in this order. Without
/// any, the call is the default organisation's, unless `required`. A proxy key stands where the provider's credential
/// belongs; alone, it says whose the call is, too. docs/keys.md and docs/vault.md have the rules.
refusal authorize(net::request_head const& head, storage::key_ring::reader& keys, bool required, caller& who);

} // namespace weir::gateway
