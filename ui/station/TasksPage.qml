pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// What is overdue, due in the next hours and lately done: by time, or patient after patient.
FocusScope {
    id: page

    required property TasksModel tasks

    signal beyondRight

    focus: true
    objectName: "tasksPage"

    Component.onCompleted: page.tasks.look()
    Component.onDestruction: page.tasks.lookAway()
    Keys.onRightPressed: page.beyondRight()

    Flow {
        id: looks

        anchors.right: parent.right
        layoutDirection: Qt.RightToLeft
        spacing: Theme.grid
        width: Math.min(parent.width, Theme.length(620))

        Repeater {
            model: [3, 2, 1, 0]

            delegate: TouchButton {
                required property int modelData
                readonly property bool chosen: modelData < 2 ? (modelData === 1) === page.tasks.mine : (modelData === 3) === page.tasks.byPatient

                kind: chosen ? "soft" : "bare"
                objectName: "look-" + ["all", "mine", "time", "patient"][modelData]
                text: page.tasks.choices[modelData]

                onActivated: {
                    if (modelData < 2)
                        page.tasks.setMine(modelData === 1);
                    else
                        page.tasks.setByPatient(modelData === 3);
                }
            }
        }
    }
    Column {
        id: head

        readonly property bool beside: page.width - looks.width > Theme.length(300)

        width: head.beside ? page.width - looks.width - Theme.gap : page.width
        y: head.beside ? 0 : looks.height + Theme.grid / 2

        Label {
            elide: Text.ElideRight
            font.pixelSize: Theme.sizeHeading
            font.weight: Theme.bold
            text: page.tasks.title
            width: parent.width
        }
        Label {
            color: Theme.muted
            elide: Text.ElideRight
            font.pixelSize: Theme.sizeLabel
            objectName: "tasksSummary"
            tabular: true
            text: page.tasks.summary
            width: parent.width
        }
    }
    Label {
        anchors.centerIn: parent
        color: Theme.muted
        font.pixelSize: Theme.sizeHeading
        font.weight: Theme.bold
        horizontalAlignment: Text.AlignHCenter
        objectName: "noTasks"
        text: page.tasks.none
        visible: text !== ""
        width: parent.width
        wrapMode: Text.Wrap
    }
    ListView {
        id: list

        anchors.bottom: parent.bottom
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.top: parent.top
        anchors.topMargin: Math.max(head.y + head.height, looks.height) + Theme.grid
        boundsBehavior: Flickable.StopAtBounds
        clip: true
        focus: true
        interactive: contentHeight > height
        keyNavigationEnabled: true
        model: page.tasks.rows
        objectName: "taskList"
        section.property: "section"
        spacing: Theme.length(4)

        delegate: TaskLine {
            alone: page.tasks.byPatient
            width: list.width - (list.interactive ? 1.5 * Theme.grid : 0)

            onTouched: page.tasks.touch(key)
        }
        section.delegate: Label {
            required property string section

            color: Theme.muted
            elide: Text.ElideRight
            font.pixelSize: Theme.sizeLabel
            font.weight: Theme.bold
            height: Math.round(1.9 * Theme.sizeLabel)
            objectName: "taskSection"
            tabular: true
            text: section
            verticalAlignment: Text.AlignBottom
            width: list.width
        }
    }
    // How much there is and where one stands; only where it scrolls.
    Rectangle {
        color: Theme.dashed
        height: Math.max(4 * Theme.grid, list.height * list.visibleArea.heightRatio)
        radius: width / 2
        visible: list.interactive
        width: Theme.grid / 2
        x: page.width - width
        y: list.y + list.height * list.visibleArea.yPosition
    }
}
