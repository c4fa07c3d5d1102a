extends SceneTree
# Writes down where every bone of an imported file is, frame by frame. Run in a Godot project by scene/godot.py:
#     godot --headless --path PROJECT --script read_in_godot.gd -- FILE FPS FRAMES
# bones.json: Godot's version, bones' names, animations. bones.bin: of every frame and bone twelve 32-bit numbers, the
# columns of its axes and its place, in the world.

func found(node: Node, kind: String) -> Array:
	var all := [node] if node.is_class(kind) else []
	for child in node.get_children():
		all += found(child, kind)
	return all

func _initialize() -> void:
	var given := OS.get_cmdline_user_args()
	var scene: PackedScene = load("res://" + given[0])
	if scene == null:
		printerr("Godot cannot load ", given[0])
		quit(2)
		return
	var top := scene.instantiate()
	root.add_child(top)
	await process_frame # places in the world are known only once the tree runs
	var skeletons := found(top, "Skeleton3D")
	var players := found(top, "AnimationPlayer")
	if skeletons.size() != 1 or players.size() != 1:
		printerr("Godot finds ", skeletons.size(), " skeletons and ", players.size(), " animation players")
		quit(2)
		return
	var skeleton: Skeleton3D = skeletons[0]
	var player: AnimationPlayer = players[0]
	var names := []
	for bone in skeleton.get_bone_count():
		names.append(skeleton.get_bone_name(bone))
	var animations := Array(player.get_animation_list()).filter(func(name): return name != "RESET")
	var numbers := PackedFloat32Array()
	if animations.size() == 1:
		player.play(animations[0])
		for frame in int(given[2]):
			skeleton.reset_bone_poses()
			player.seek(frame / float(given[1]), true)
			skeleton.force_update_all_bone_transforms()
			for bone in names.size():
				var place: Transform3D = skeleton.global_transform * skeleton.get_bone_global_pose(bone)
				for column in [place.basis.x, place.basis.y, place.basis.z, place.origin]:
					numbers.append_array(PackedFloat32Array([column.x, column.y, column.z]))
	var about := FileAccess.open("res://bones.json", FileAccess.WRITE)
	var length: float = player.get_animation(animations[0]).length if animations.size() == 1 else 0.0
	about.store_string(JSON.stringify({"version": Engine.get_version_info()["string"], "names": names,
		"animations": animations, "length": length}))
	about.close()
	var table := FileAccess.open("res://bones.bin", FileAccess.WRITE)
	table.store_buffer(numbers.to_byte_array())
	table.close()
	quit(0)
