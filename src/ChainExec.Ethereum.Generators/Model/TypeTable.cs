namespace ChainExec.Ethereum.Generators.Model;

/// <summary>The structs and lists of one contract: each made once, named once, in the order in which the ABI mentions them.</summary>
internal sealed class TypeTable
{
    /// <summary>The longest array held as a value, in words; a longer one is a list, because values are copied.</summary>
    private const int ValueSlotsMax = 32;

    private readonly Dictionary<string, TypeModel> _structByShape = [];
    private readonly HashSet<string> _structNames = [];
    private readonly Dictionary<string, TypeModel> _lists = [];
    private readonly List<TypeModel> _structsInOrder = [];
    private readonly List<TypeModel> _listsInOrder = [];

    /// <summary>The structs to generate; what a struct is made of stands before it.</summary>
    public IReadOnlyList<TypeModel> Structs => _structsInOrder;

    /// <summary>The lists to generate methods for.</summary>
    public IReadOnlyList<TypeModel> Lists => _listsInOrder;

    /// <summary>The tuple of that name and shape. Another shape of the same name, as two libraries may have, gets a number.</summary>
    public TypeModel Tuple(string name, IReadOnlyList<ParameterModel> components)
    {
        string shape = $"{name}({string.Join(",", components.Select(component => $"{component.Type.Identifier} {component.Name}"))})";
        if (_structByShape.TryGetValue(shape, out TypeModel? known))
        {
            return known;
        }

        // The suffix keeps structs apart from events, calls and errors, whatever they are called.
        string free = name + "Tuple";
        for (int i = 2; !_structNames.Add(free); i++)
        {
            free = $"{name}{i}Tuple";
        }

        return Add(shape, TypeModel.Tuple(free, Fields(components, free)));
    }

    /// <summary>The array of that element.</summary>
    public TypeModel Array(TypeModel element, int? length)
    {
        if (length is > 0 && !element.IsDynamic && (long)element.HeadSlots * length.Value is > 0 and <= ValueSlotsMax)
        {
            TypeModel array = TypeModel.Array(element, length.Value);
            return _structByShape.TryGetValue(array.Identifier, out TypeModel? known) ? known : Add(array.Identifier, array);
        }

        TypeModel list = TypeModel.List(element, length);
        if (!_lists.ContainsKey(list.Identifier))
        {
            _lists.Add(list.Identifier, list);
            _listsInOrder.Add(list);
        }

        return list;
    }

    /// <summary>The parameters as properties of <paramref name="typeName"/>.</summary>
    public static IReadOnlyList<FieldModel> Fields(IReadOnlyList<ParameterModel> parameters, string typeName)
    {
        IReadOnlyList<string> names = Names.Members([.. parameters.Select(parameter => parameter.Name)], typeName);
        return
        [
            .. parameters.Select((parameter, index) => new FieldModel(names[index], parameter.Name, parameter.Type, parameter.IsIndexed)),
        ];
    }

    private TypeModel Add(string shape, TypeModel type)
    {
        _structByShape.Add(shape, type);
        _structsInOrder.Add(type);
        return type;
    }
}
