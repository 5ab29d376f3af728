#include "api/endpoints.hpp"
#include "api/helicone_request.hpp"
#include "api/signed_links.hpp"
#include "storage/assets.hpp"
#include "storage/dataset_rows.hpp"
#include "storage/requests.hpp"

#include <string>
#include <utility>

namespace asio = boost::asio;

/// What a signed link leads to, and the images that the key's holder asks for.
namespace weir::api
{

struct signature_query {
    std::int64_t organization = 0, expires = 0;
    std::string signature;
};
BOOST_DESCRIBE_STRUCT(signature_query, (), (organization, expires, signature))

struct public_body_request : signature_query {
    std::string requestId;
};
BOOST_DESCRIBE_STRUCT(public_body_request, (signature_query), (requestId))

struct public_asset_request : signature_query {
    std::string requestId;
    std::int64_t asset = 0;
};
BOOST_DESCRIBE_STRUCT(public_asset_request, (signature_query), (requestId, asset))

struct public_row_request : signature_query {
    std::string rowId;
};
BOOST_DESCRIBE_STRUCT(public_row_request, (signature_query), (rowId))

struct request_bodies {
    raw_json request, response;
};
BOOST_DESCRIBE_STRUCT(request_bodies, (), (request, response))

struct request_asset_request {
    std::string requestId, assetId;
};
BOOST_DESCRIBE_STRUCT(request_asset_request, (), (requestId, assetId))

struct helicone_request_asset {
    std::string assetUrl;
};
BOOST_DESCRIBE_STRUCT(helicone_request_asset, (), (assetUrl))

namespace
{

bool is_good(signature_query const& given, std::string const& path, services const& with)
{
    return with.links && with.links->is_good(path, storage::organization_id{given.organization}, given.expires,
                                             given.signature, with.now_us());
}

failure const expired{errc::unauthorized, "this link is not good, or no longer: ask for the request again"};

/// A row and its bodies; the bodies are empty where none are kept.
struct found_call {
    storage::request_record record;
    storage::bodies content;
};

storage::result<found_call> find_linked_call(storage::connection& db, storage::organization_id whose,
                                             storage::uuid const& id)
{
    auto row = storage::find_request(db, whose, id);
    if (!row) return row.error();
    found_call found;
    found.record = std::move(row->record);
    auto content = storage::find_bodies(db, found.record.id);
    if (!content && content.error() != storage::errc::not_found) return content.error();
    if (content) found.content = std::move(*content);
    return found;
}

asio::awaitable<result<found_call>> call_of(std::string request_id, storage::organization_id whose, services& with)
{
    auto const id = storage::uuid::parse(request_id);
    if (!id) co_return not_found("Request not found");
    auto const query = [whose, id = *id](storage::connection& db) { return find_linked_call(db, whose, id); };
    auto found = co_await with.store.read(query);
    if (!found && found.error() == storage::errc::not_found) co_return not_found("Request not found");
    if (!found) co_return found.error();
    co_return std::move(*found);
}

asio::awaitable<result<bare<request_bodies>>> public_bodies(public_body_request asked, services& with)
{
    if (!is_good(asked, "/v1/public/request/" + asked.requestId + "/body", with)) co_return expired;
    auto found = co_await call_of(std::move(asked.requestId), storage::organization_id{asked.organization}, with);
    if (!found) co_return found.error();
    bare<request_bodies> shown;
    shown.value.request = stored_body(std::move(found->content.request));
    shown.value.response = stored_body(std::move(found->content.response));
    co_return shown;
}

asio::awaitable<result<bare<request_bodies>>> public_row(public_row_request asked, services& with)
{
    if (!is_good(asked, "/v1/public/dataset-row/" + asked.rowId + "/body", with)) co_return expired;
    auto const id = storage::uuid::parse(asked.rowId);
    if (!id) co_return not_found("Dataset row not found");
    auto const query = [whose = storage::organization_id{asked.organization}, id = *id](storage::connection& db) {
        return storage::find_row_bodies(db, whose, id);
    };
    auto found = co_await with.store.read(query);
    if (!found && found.error() == storage::errc::not_found) co_return not_found("Dataset row not found");
    if (!found) co_return found.error();
    bare<request_bodies> shown;
    shown.value.request.text = std::move(found->request);
    shown.value.response.text = std::move(found->response);
    co_return shown;
}

/// Only what a browser shows as a picture and nothing else keeps its type.
std::string_view safe_type(std::string_view media_type)
{
    for (std::string_view const known : {"image/png", "image/jpeg", "image/gif", "image/webp"})
        if (known == media_type) return known;
    return "application/octet-stream";
}

asio::awaitable<result<plain_text>> public_asset(public_asset_request asked, services& with)
{
    auto const path = "/v1/public/request/" + asked.requestId + "/asset/" + std::to_string(asked.asset);
    if (!is_good(asked, path, with)) co_return expired;
    auto const found = co_await call_of(std::move(asked.requestId), storage::organization_id{asked.organization}, with);
    if (!found) co_return found.error();
    auto assets = storage::find_assets(found->content);
    auto const n = static_cast<std::size_t>(asked.asset);
    if (n >= assets.size() || assets[n].content.empty()) co_return not_found("Asset not found");
    plain_text shown;
    shown.value = std::move(assets[n].content);
    shown.type = safe_type(assets[n].media_type);
    co_return shown;
}

asio::awaitable<result<helicone_request_asset>> asset_of_request(request_asset_request asked, services& with)
{
    auto const id = storage::uuid::parse(asked.assetId);
    auto const found = co_await call_of(std::move(asked.requestId), with.organization, with);
    if (!found && found.error().code == errc::not_found) co_return not_found("Asset not found");
    if (!found) co_return found.error();
    auto const& row = found->record;
    auto const assets = storage::find_assets(found->content);
    request_links const links(with);
    for (std::size_t n = 0; id && n < assets.size(); ++n) {
        if (storage::asset_id(row.id, n) != *id) continue;
        auto url = assets[n].url.empty() ? links.to_asset(row.request_id, n) : assets[n].url;
        if (url) co_return helicone_request_asset{std::move(*url)};
    }
    co_return not_found("Asset not found");
}

constexpr endpoint public_entries[] = {
    get<public_bodies>("/v1/public/request/{requestId}/body", "GetSignedBody",
                       "The bodies of a call, by a signed link"),
    get<public_asset>("/v1/public/request/{requestId}/asset/{asset}", "GetSignedAsset",
                      "An image of a call, by a signed link"),
    get<public_row>("/v1/public/dataset-row/{rowId}/body", "GetSignedDatasetRow",
                    "The bodies of a dataset's row, by a signed link"),
};

constexpr endpoint asset_entries[] = {
    post<asset_of_request>("/v1/request/{requestId}/assets/{assetId}", "GetRequestAssetById",
                           "Where an image of a call is fetched"),
};

} // namespace

constinit group const public_endpoints{"Public", public_entries, true};
constinit group const asset_endpoints{"Request", asset_entries};

} // namespace weir::api
