#pragma once

#include "api/signed_links.hpp"

#include <optional>
#include <string>

namespace weir::api
{

struct services;

/// Where the bodies and images of a call, and the bodies of a dataset's row, are fetched without a key.
class request_links
{
public:
    /// None: there are no links.
    request_links() = default;
    /// For the answers of one call of the admin side.
    explicit request_links(services const& with);
    /// `base_url`: what they begin with; empty: there are no links. `links` must outlive them.
    request_links(signed_links const& links, std::string base_url, storage::organization_id organization,
                  std::int64_t now_us);

    /// Of `{"request": …, "response": …}`.
    std::optional<std::string> to_bodies(storage::uuid const& request_id) const;
    /// Of the n-th image.
    std::optional<std::string> to_asset(storage::uuid const& request_id, std::size_t n) const;
    /// Likewise, of a row of a dataset.
    std::optional<std::string> to_dataset_row(storage::uuid const& row) const;

private:
    std::optional<std::string> to(std::string const& path) const;

    signed_links const* links_ = nullptr;
    std::string base_url_;
    storage::organization_id organization_{};
    std::int64_t now_us_ = 0;
};

} // namespace weir::api
