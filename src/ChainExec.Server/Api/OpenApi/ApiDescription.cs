using System.Text.Json.Nodes;
using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ledger;
using Microsoft.OpenApi;

namespace ChainExec.Server.Api.OpenApi;

/// <summary>Completes <c>/openapi/v1.json</c>: what types cannot tell: amounts, keys, headers, arguments of call types.</summary>
internal static class ApiDescription
{
    private const string Scheme = "api_key";

    /// <summary>Registers the document.</summary>
    public static IServiceCollection AddApiDescription(this IServiceCollection services) => services.AddOpenApi(options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            Describe(document);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            Describe(operation, context.Description.RelativePath ?? "");
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            Describe(schema, context.JsonTypeInfo.Type, context.ApplicationServices.GetRequiredService<CallRegistry>());
            return Task.CompletedTask;
        });
    });

    private static void Describe(OpenApiDocument document)
    {
        document.Info.Title = "ChainExec";
        document.Info.Version = "v1";
        document.Info.Description =
            "Moves stablecoins on EVM chains, each intent at most once. Amounts are decimal strings of base units; errors are problem+json "
            + "(RFC 9457) with a stable code.";
        // The address that this copy was asked under says nothing about where others reach it.
        document.Servers = [];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "An API key: ce_…",
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
    }

    private static void Describe(OpenApiOperation operation, string path)
    {
        if (path.StartsWith("health", StringComparison.Ordinal))
            operation.Security = [];
        foreach (ParameterText parameter in ParameterText.Of(operation.OperationId))
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = parameter.Name,
                In = parameter.IsHeader ? ParameterLocation.Header : ParameterLocation.Query,
                Required = parameter.Required,
                Description = parameter.Description,
                Schema = new OpenApiSchema { Type = parameter.IsNumber ? JsonSchemaType.Integer : JsonSchemaType.String },
            });
        }
    }

    private static void Describe(OpenApiSchema schema, Type type, CallRegistry registry)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        JsonSchemaType text = plain == type ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
        if (plain == typeof(TokenAmount))
            Text(schema, text, "^(0|[1-9][0-9]{0,77})$", "Base units as a decimal string.");
        else if (plain == typeof(SignedAmount))
            Text(schema, text, "^-?(0|[1-9][0-9]*)$", "Base units as a decimal string; may be below zero.");
        else if (plain == typeof(Address))
            Text(schema, text, "^0x[0-9a-fA-F]{40}$", "An address in EIP-55 spelling.");
        else if (plain == typeof(Hash32))
            Text(schema, text, "^0x[0-9a-f]{64}$", "A hash.");
        else if (plain == typeof(CallRequestBody))
            DescribeCall(schema, registry);
    }

    private static void Text(OpenApiSchema schema, JsonSchemaType type, string pattern, string description)
    {
        schema.Type = type;
        schema.Pattern = pattern;
        schema.Description ??= description;
    }

    private static void DescribeCall(OpenApiSchema schema, CallRegistry registry)
    {
        schema.Properties ??= new Dictionary<string, IOpenApiSchema>();
        schema.Properties["type"] = new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Enum = [.. registry.All.Select(type => (JsonNode)type.Name)],
        };
        schema.Properties["args"] = new OpenApiSchema { OneOf = [.. registry.All.Select(Arguments)] };
        schema.Properties["context"] = new OpenApiSchema { Type = JsonSchemaType.Object };
    }

    private static OpenApiSchema Arguments(CallType type) => new()
    {
        Title = type.Name,
        Description = type.Description,
        Type = JsonSchemaType.Object,
        Properties = type.Fields.ToDictionary(field => field.Name, Argument),
        Required = type.Fields.Select(field => field.Name).ToHashSet(),
        AdditionalPropertiesAllowed = false,
    };

    private static IOpenApiSchema Argument(CallField field)
    {
        JsonObject schema = field.Schema();
        return new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Format = (string?)schema["format"],
            Pattern = (string?)schema["pattern"],
            Description = field.Description,
        };
    }
}
